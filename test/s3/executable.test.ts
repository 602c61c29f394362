import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runHoldfast } from '../support/run-holdfast.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { bucketsOfFile } from './buckets.ts';

const open = bucketsOfFile();

test('the executable finds credentials by itself: keys, a profile, a process, a web identity, none', async (context) => {
  const { bucket, server, name } = await open(context);
  const { AWS_ACCESS_KEY_ID: id = '', AWS_SECRET_ACCESS_KEY: secret = '' } = server.env;
  await bucket.put('no.zip', Buffer.from('content'));
  const home = await temporaryFolder();
  await mkdir(join(home, '.aws'));
  const program = join(home, 'credentials.sh');
  const credentials = { Version: 1, AccessKeyId: id, SecretAccessKey: secret };
  await writeFile(program, `#!/bin/sh\necho '${JSON.stringify(credentials)}'\n`);
  await chmod(program, 0o700);
  await writeFile(join(home, 'token'), 'a token');
  await writeFile(
    join(home, '.aws', 'config'),
    `[profile process]
endpoint_url = ${server.endpoint}
credential_process = ${program}
[profile keys]
endpoint_url = ${server.endpoint}
[profile web]
endpoint_url = ${server.endpoint}
role_arn = arn:aws:iam::123456789012:role/none
web_identity_token_file = ${join(home, 'token')}
[profile sso]
endpoint_url = ${server.endpoint}
sso_session = none
sso_account_id = 123456789012
sso_role_name = none
[sso-session none]
sso_start_url = https://sso.invalid/start
sso_region = us-east-1
`,
  );
  await writeFile(
    join(home, '.aws', 'credentials'),
    `[keys]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`,
  );
  const verify = async (parameters: string, env: Record<string, string> = {}): Promise<string> => {
    const nowhere = {
      AWS_MAX_ATTEMPTS: '1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9',
    };
    const result = await runHoldfast(['verify', `s3://${name}/no.zip${parameters}`], {
      env: { HOME: home, ...nowhere, ...env },
    });
    return result.stderr;
  };
  const { AWS_SESSION_TOKEN: _, ...keys } = server.env;
  const isRead = /^Error: .* is not a zip archive\.\n/;
  expect(await verify('', keys)).toMatch(isRead);
  expect(await verify('?profile=keys')).toMatch(isRead);
  expect(await verify('?profile=process')).toMatch(isRead);
  expect(await verify('', { AWS_PROFILE: 'process' })).toMatch(isRead);
  expect(await verify('?profile=web')).toMatch(/no credentials were found .*ECONNREFUSED/);
  expect(await verify('?profile=sso')).toMatch(/no credentials were found .*SSO/);
  expect(await verify(`?endpoint=${server.endpoint}`)).toMatch(/no credentials were found/);
});
