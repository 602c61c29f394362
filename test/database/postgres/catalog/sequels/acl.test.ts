import { describe, expect, it } from 'vitest';
import {
  aclChange,
  type AclItem,
  type AclTarget,
} from '../../../../../src/database/postgres/catalog/sequels/acl.ts';

const TARGET = { object: 'TABLE s.t', column: null, owner: 'boss' };

/** `who privileges grantor`: privileges separated by commas, with a star for the grant option. */
function items(...texts: string[]): AclItem[] {
  return texts.map((text) => {
    const [grantee = '', privileges = '', grantor = 'boss'] = text.split(' ');
    return {
      grantee: grantee === 'PUBLIC' ? null : grantee,
      grantor,
      privileges: privileges
        .split(',')
        .map((p) => ({ name: p.replace('*', ''), grantable: p.endsWith('*') })),
    };
  });
}

function aclStatements(target: AclTarget, initial: AclItem[], current: AclItem[]): string[] {
  return aclChange(target, initial, current).sql;
}

describe('the statements for an access control list', () => {
  it('are none where nothing differs', () => {
    expect(
      aclStatements(TARGET, items('boss SELECT', 'PUBLIC SELECT'), items('boss SELECT', 'PUBLIC SELECT')),
    ).toEqual([]);
  });

  it('grant in order, with and without the grant option', () => {
    const current = items('boss SELECT', 'b SELECT,UPDATE*', 'a INSERT');
    expect(aclStatements(TARGET, items('boss SELECT'), current)).toEqual([
      'GRANT SELECT ON TABLE s.t TO b;',
      'GRANT UPDATE ON TABLE s.t TO b WITH GRANT OPTION;',
      'GRANT INSERT ON TABLE s.t TO a;',
    ]);
  });

  it('change an entry in its place', () => {
    expect(aclStatements(TARGET, items('boss SELECT,DELETE,INSERT*'), items('boss SELECT*,INSERT'))).toEqual([
      'REVOKE DELETE ON TABLE s.t FROM boss;',
      'REVOKE GRANT OPTION FOR INSERT ON TABLE s.t FROM boss;',
      'GRANT SELECT ON TABLE s.t TO boss WITH GRANT OPTION;',
    ]);
  });

  it('revoke what is not there, and all of an entry that comes later', () => {
    expect(
      aclStatements(
        TARGET,
        items('PUBLIC SELECT', 'boss SELECT'),
        items('boss SELECT', 'a SELECT', 'PUBLIC SELECT'),
      ),
    ).toEqual([
      'REVOKE ALL ON TABLE s.t FROM PUBLIC;',
      'GRANT SELECT ON TABLE s.t TO a;',
      'GRANT SELECT ON TABLE s.t TO PUBLIC;',
    ]);
    expect(aclStatements(TARGET, items('boss SELECT'), [])).toEqual(['REVOKE ALL ON TABLE s.t FROM boss;']);
  });

  it('are made by the grantor where it is not the owner', () => {
    expect(
      aclStatements(TARGET, items('boss SELECT'), items('boss SELECT', 'a SELECT*', 'b SELECT a')),
    ).toEqual([
      'GRANT SELECT ON TABLE s.t TO a WITH GRANT OPTION;',
      'SET SESSION AUTHORIZATION a;',
      'GRANT SELECT ON TABLE s.t TO b;',
      'RESET SESSION AUTHORIZATION;',
    ]);
  });

  it('name the column behind each privilege', () => {
    expect(aclStatements({ ...TARGET, column: '"C d"' }, [], items('a SELECT,UPDATE'))).toEqual([
      'GRANT SELECT ("C d"), UPDATE ("C d") ON TABLE s.t TO a;',
    ]);
  });

  it('tell which roles they name, the owner only where it is granted or revoked something', () => {
    const roles = (initial: AclItem[], current: AclItem[]) => aclChange(TARGET, initial, current).roles;
    expect(
      roles(items('boss SELECT'), items('boss SELECT', 'PUBLIC SELECT', 'a SELECT*', 'b SELECT a')),
    ).toEqual(['a', 'b']);
    expect(roles(items('boss SELECT,DELETE'), items('boss SELECT'))).toEqual(['boss']);
  });

  it('lend a grantor, until all is granted, what it got later than it granted', () => {
    const current = items(
      'boss SELECT',
      'x SELECT g',
      'g SELECT* c',
      'y SELECT,UPDATE h',
      'h SELECT*,UPDATE',
    );
    const asG = 'SET SESSION AUTHORIZATION g;';
    const asH = 'SET SESSION AUTHORIZATION h;';
    const asC = 'SET SESSION AUTHORIZATION c;';
    const reset = 'RESET SESSION AUTHORIZATION;';
    expect(aclStatements(TARGET, items('boss SELECT'), current)).toEqual([
      'GRANT SELECT ON TABLE s.t TO g WITH GRANT OPTION;',
      asG,
      'GRANT SELECT ON TABLE s.t TO x;',
      reset,
      'GRANT SELECT ON TABLE s.t TO c WITH GRANT OPTION;',
      asC,
      'GRANT SELECT ON TABLE s.t TO g WITH GRANT OPTION;',
      reset,
      'GRANT SELECT, UPDATE ON TABLE s.t TO h WITH GRANT OPTION;',
      asH,
      'GRANT SELECT, UPDATE ON TABLE s.t TO y;',
      reset,
      'GRANT UPDATE ON TABLE s.t TO h;',
      'GRANT SELECT ON TABLE s.t TO h WITH GRANT OPTION;',
      'REVOKE SELECT ON TABLE s.t FROM g;',
      'REVOKE SELECT ON TABLE s.t FROM c;',
      'REVOKE GRANT OPTION FOR UPDATE ON TABLE s.t FROM h;',
    ]);
  });
});
