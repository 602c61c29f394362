/** The environment of this process without anything that configures holdfast, a database client, a proxy or colours. */
export function neutralEnvironment(): NodeJS.ProcessEnv {
  const settings =
    /^(HOLDFAST_|PG|AWS_|MYSQL_|DATABASE_URL$|NO_COLOR$|FORCE_COLOR$|https?_proxy$|no_proxy$)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !settings.test(name)));
}
