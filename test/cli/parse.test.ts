import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands/commands.ts';
import { parseCommandLine, type Request } from '../../src/cli/parse.ts';

function parse(...argv: string[]): Promise<Request> {
  return parseCommandLine(argv, COMMANDS, undefined);
}

describe('parseCommandLine', () => {
  it.each([
    [['--quiet', 'verify', 'a.zip']],
    [['--quiet=true', 'verify', 'a.zip']],
    [['verify', '--quiet', 'a.zip']],
    [['verify', 'a.zip', '--quiet']],
  ])('takes what every command has before it, and after it: %j', async (argv) => {
    const request = await parse(...argv);
    expect(request).toMatchObject({ parsed: { archive: 'a.zip', quiet: true } });
  });

  it("takes a command's own options before it", async () => {
    const argv = ['--key-file', 'backup', '--dry-run', '--storage=a', 'restore', 'a.zip', '--storage', 'b'];
    expect(await parse(...argv)).toMatchObject({
      parsed: { archive: 'a.zip', 'key-file': 'backup', 'dry-run': true, storage: ['a', 'b'] },
    });
  });

  it.each([
    [['verify', 'a.zip', '--key-file', '--quiet'], '--key-file needs a value.', 'verify --help'],
    [['verify', 'a.zip', '--against'], '--against needs a value.', 'verify --help'],
    [['verify', '--quiet'], 'verify needs an argument: <archive>.', 'verify --help'],
    [['verify', '--quite', 'a.zip'], 'Unknown option: --quite.', 'Did you mean --quiet?'],
    [['--quite', 'verify', 'a.zip'], 'Unknown option: --quite.', 'Did you mean --quiet?'],
    [['verify', 'a.zip', '--storage', 'b'], 'Unknown option: --storage.', 'verify --help'],
    [['verify', '-q', 'a.zip'], 'Unknown option: -q.', 'verify --help'],
    [['verify', '-pplanted', 'a.zip'], 'Unknown option: -p.', 'verify --help'],
    [['verify', 'a.zip', 'b.zip'], 'Unknown argument: b.zip.', 'verify --help'],
    [['--quiet', 'verfy', 'a.zip'], 'Unknown command: verfy.', 'Did you mean verify?'],
    [['--quiet'], 'No command is given.', 'holdfast --help'],
    [['completion', 'bash', '--bogus'], 'Unknown option: --bogus.', 'completion --help'],
    [['completion', 'bash', 'zsh'], 'Unknown argument: zsh.', 'completion --help'],
  ])('says what is wrong with %j', async (argv, message, hint) => {
    await expect(parse(...argv)).rejects.toMatchObject({
      code: 'usage',
      message,
      hint: expect.stringContaining(hint),
    });
  });

  it('gives the completion script whatever every command has', async () => {
    const script = await parse('completion', 'zsh');
    for (const argv of [
      ['completion', 'zsh', '--quiet'],
      ['completion', '--json', 'zsh'],
      ['--json', 'completion', 'zsh'],
    ])
      expect(await parse(...argv)).toEqual(script);
    expect(script).toMatchObject({ text: expect.stringContaining('#compdef holdfast') });
  });
});
