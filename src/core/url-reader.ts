import { HoldfastError } from './errors.ts';
import { redactUrl } from './redact.ts';

/** Takes URLs of databases on servers apart, part by part; what is wrong with one is told without its passwords. */
export class UrlReader {
  readonly #url: string;
  readonly #kind: string;
  readonly #example: string;
  readonly #advice: string;

  /** All but the URL is for messages: "PostgreSQL", a URL as it should be, and what to mind when one is written. */
  constructor(
    url: string,
    kind: string,
    example: string,
    advice = 'Characters such as @ : / ? # % and spaces in a password must be percent-encoded.',
  ) {
    this.#url = url;
    this.#kind = kind;
    this.#example = example;
    this.#advice = advice;
  }

  /** Splits `place[/path][?query]`, what stands behind the scheme and the login; the parts stay encoded. @throws HoldfastError `usage` */
  split(text: string): { place: string; path: string; query: string } {
    const [, place = '', path = '', query = ''] = /^([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(text)!;
    // What follows may be half of a password with an unencoded character: it must not get into messages as a host or a name.
    if (`${place}${path}`.includes('@'))
      throw this.bad('it holds an @ in a place where it must be written %40');
    return { place, path, query };
  }

  /** Splits `host[:port]`, where the host may be an IPv6 address in brackets. @throws HoldfastError `usage` */
  splitPort(text: string): [host: string, port: string] {
    const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(text);
    if (!match) throw this.bad('it needs host:port with a number as port; an IPv6 address needs brackets');
    return [match[1] ?? match[2] ?? '', match[3] ?? ''];
  }

  /** The names and values of a query, decoded. @throws HoldfastError `usage` */
  parameters(query: string): [name: string, value: string][] {
    if (query === '') return [];
    return query.split('&').map((pair) => {
      const [, name, value] = /^([^=]+)=([^=]*)$/.exec(pair) ?? [];
      if (name === undefined || value === undefined)
        throw this.bad('after the question mark it needs name=value pairs joined by &');
      return [this.decode(name), this.decode(value)];
    });
  }

  /** A part, percent-decoded. @throws HoldfastError `usage` */
  decode(encoded: string): string {
    let value;
    try {
      value = decodeURIComponent(encoded);
    } catch {
      throw this.bad(
        'it holds a percent sign that begins no valid percent-encoding; a percent sign is written %25',
      );
    }
    if (value.includes('\0')) throw this.bad('it holds the forbidden character %00');
    return value;
  }

  bad(why: string): HoldfastError {
    return new HoldfastError('usage', `Not a valid ${this.#kind} URL: ${redactUrl(this.#url)}: ${why}.`, {
      hint: `A URL looks like ${this.#example}. ${this.#advice}`,
    });
  }
}
