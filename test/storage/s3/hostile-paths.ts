/** Keys that S3 takes; below a prefix of three bytes. No two of them could lie in one directory as they are. */
export const HOSTILE_PATHS: readonly string[] = [
  ['a', 'a-b', 'a/b', 'a/b/c', 'a0', 'A', 'A/b', 'a/B', '%61', '%61/b', 'a%2Fb'],
  ['/lead', '//twice', 'empty//segment', 'empty///segments', 'trail/', 'trail//', 'trail', '/'],
  ['.', '..', './x', '../x', '../../etc/passwd', 'd/..', 'd/../e', 'd/.', 'dot.', 'blank ', ' blank', ' '],
  ['é', 'é'.normalize('NFD'), 'straße', 'STRASSE', '😀/👩‍👩‍👧', '\u202Eevil', '\uFEFFbom', '日本語'],
  ['tab\there', 'line\nbreak', 'line\r\nbreak', 'bell\u0007', 'escape\u001b[31m', 'del\u007f', 'c1\u0085'],
  ['back\\slash', '..\\..\\x', 'C:\\x', 'C:/x', 'q?*<>|":', "quote'", 'a+b', 'a b', 'a&b=c', 'a#b', 'a%b'],
  ['con', 'NUL.txt', 'com1', 'aux /x', '-rf', '--', '~', '$HOME', '`x`', '__proto__', 'constructor'],
  ['k'.repeat(1021)],
  [`${'d/'.repeat(505)}leaf`],
  ['é'.repeat(510)],
  ['\u0001'.repeat(1021)],
].flat();
