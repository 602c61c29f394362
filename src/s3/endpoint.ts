import type { S3Location } from './location.ts';
import { resolveSettings } from './settings.ts';

/**
 * The URL of a location's service, from the location, the environment or a profile; null for AWS itself. Nothing is asked of
 * the service.
 * @throws HoldfastError `usage` when it cannot be told
 */
export async function endpointOf(location: S3Location): Promise<string | null> {
  if (location.endpoint !== undefined) return location.endpoint;
  return (await resolveSettings(await import('./sdk.ts'), location)).endpoint;
}
