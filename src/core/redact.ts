const hidden = '***';

/** Names of parameters whose values are secrets, wherever they stand in a URL or a connection string. */
const secretName = /pass(?!file)|pwd|secret|token|signature|credential/i;

/**
 * `url` as it may be shown: every password in it replaced by `***`, in the user part as well as in parameters
 * (`password=`, `sslpassword=`, a signature). Works on malformed URLs too, and there rather hides too much than too
 * little: whatever stands between the first colon after the scheme and the last `@` is taken for a password.
 */
export function redactUrl(url: string): string {
  return redactParameters(redactUserPart(url));
}

/** As many hex digits in a row are taken for a key, whole or mistyped. */
const keyDigits = /[0-9a-f]{32,}/gi;

/** Any argument of a command line as it may be shown: without passwords, as `redactUrl`, and without keys. */
export function redactArgument(argument: string): string {
  return redactUrl(argument).replaceAll(keyDigits, hidden);
}

function redactUserPart(url: string): string {
  const end = url.lastIndexOf('@');
  if (end === -1) return url;
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(url)?.[0] ?? '';
  const colon = url.indexOf(':', scheme.length);
  if (colon === -1 || colon > end) return url;
  return `${url.slice(0, colon + 1)}${hidden}${url.slice(end)}`;
}

function redactParameters(text: string): string {
  return text.replaceAll(
    /([^\s?&;=#]+)(\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&]*)/g,
    (whole: string, name: string, equals: string) =>
      secretName.test(decoded(name)) ? `${name}${equals}${hidden}` : whole,
  );
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
