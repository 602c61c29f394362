/** Which server a session is on. */
export interface ServerVersion {
  readonly flavor: 'mysql' | 'mariadb';
  /** As the server spells it: `9.7.4`, `10.11.19-MariaDB-0+deb12u1`. */
  readonly version: string;
  /** Major, minor and patch as one number: 10.11.19 is 101119. */
  readonly number: number;
}
