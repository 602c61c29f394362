/** The environment of this process without anything that configures holdfast, a database client or colours. */
export function neutralEnvironment(): NodeJS.ProcessEnv {
  const settings = /^(HOLDFAST_|PG|AWS_|MYSQL_|DATABASE_URL$|NO_COLOR$|FORCE_COLOR$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !settings.test(name)));
}
