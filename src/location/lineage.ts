import { fileLineage } from '../core/file-lineage.ts';
import { s3Lineage } from '../s3/lineage.ts';
import { isS3Location, parseS3Location } from '../s3/location.ts';

/**
 * What identifies the place of an archive and each place above it, from itself upwards, as storages tell it of theirs.
 * @param location not that of standard input or output
 */
export async function lineageOfArchive(location: string): Promise<readonly string[]> {
  return isS3Location(location) ? s3Lineage(parseS3Location(location)) : fileLineage(location);
}
