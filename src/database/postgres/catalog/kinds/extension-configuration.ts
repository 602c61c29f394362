import { readConfiguration } from '../extension-configuration.ts';
import type { ObjectKind, SchemaObject } from '../object.ts';
import { readValue } from './sequence.ts';

/** The values of sequences that extensions keep for their users. Tables' rows come as other rows do. */
export const extensionConfigurationKind: ObjectKind = {
  name: 'configuration of an extension',
  async collect(catalog) {
    const objects: SchemaObject[] = [];
    for (const relation of await readConfiguration(catalog, () => true)) {
      if (relation.kind !== 'sequence') continue;
      objects.push({
        ...(await readValue(catalog, { ...relation, readable: 't' })),
        kind: 'EXTENSION CONFIGURATION',
      });
    }
    return objects;
  },
};
