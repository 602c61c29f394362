import type { CollationDemand } from './collation-demands.ts';
import type { DictionaryDemand } from './dictionary-demands.ts';
import type { ConfigurationDemand } from '../extension-configuration.ts';
import type { ExtensionMembers } from './extension-members.ts';
import type { WrapperUse } from './foreign-demands.ts';
import type { LargeObjectDemand } from './large-object-demands.ts';
import type { NativeFunction } from './native-functions.ts';
import type { NewerDemands } from './newer-demands.ts';
import type { RefreshDemand } from './refresh-demands.ts';
import type { SubscriptionDemand } from './subscription-demands.ts';
import type { SuperuserDemand } from './superuser-demands.ts';
import type { VersionDemand } from './version-demands.ts';

/** A collation that the server brings, and the version of the library behind it. */
export interface CollationVersion {
  /** Quoted and with its schema. */
  readonly name: string;
  readonly version: string;
}

/** The roles that are given objects in a schema which is not theirs. */
export interface SchemaOwners {
  readonly name: string;
  /** The role that the statements give the schema to; null where they leave it to whom it belongs. */
  readonly owner: string | null;
  readonly roles: readonly string[];
  /**
   * Who the statements let create in the schema before they give objects away, null for PUBLIC; archives of the first
   * versions grant later.
   */
  readonly creators?: readonly (string | null)[];
}

/** What the statements ask of the connecting role, and of the server's build and settings. */
export interface Demands {
  readonly superuser: readonly SuperuserDemand[];
  /** What they change of the database itself: `comment`, `objects` (schemas and extensions), `privileges`, `settings`. */
  readonly database: readonly string[];
  /** What they change of schema public: `comment`, `objects` (those in it), `owner`, `privileges`. */
  readonly publicSchema: readonly string[];
  /** The configuration parameters that they set for functions, the database, or roles in it. */
  readonly settings: readonly string[];
  /** The roles that get settings of their own in the database. */
  readonly settingRoles: readonly string[];
  /** The roles whose default privileges they alter. */
  readonly defaultPrivilegeRoles: readonly string[];
  readonly schemas: readonly SchemaOwners[];
  /** The schemas, besides public, that they make objects in. Unknown to archives of the first versions. */
  readonly populatedSchemas?: readonly string[];
  /** What a server can be built without: `lz4`, `xml`. */
  readonly features: readonly string[];
  /** Range partitioned tables and range types whose ranges hang on the database's own collation. */
  readonly localeBound: readonly string[];
  readonly collationVersions: readonly CollationVersion[];
  /** How many tables (with their TOAST), indexes, sequences and views they make: each holds a lock until the commit. */
  readonly relations: number;
  /** What of it an older server may not take. Unknown to archives of the first versions. */
  readonly newer?: NewerDemands;
  /** The roles that they give what only superusers can own. */
  readonly superuserOwners?: readonly string[];
  readonly wrappers?: readonly WrapperUse[];
  readonly dictionaries?: readonly DictionaryDemand[];
  readonly securityLabelProviders?: readonly string[];
  readonly collations?: readonly CollationDemand[];
  readonly nativeFunctions?: readonly NativeFunction[];
  readonly versions?: readonly VersionDemand[];
  readonly largeObjects?: LargeObjectDemand;
  /** The roles that they give publications. */
  readonly publicationOwners?: readonly string[];
  readonly subscriptions?: readonly SubscriptionDemand[];
  readonly configuration?: readonly ConfigurationDemand[];
  readonly extensionMembers?: readonly ExtensionMembers[];
  readonly refreshes?: readonly RefreshDemand[];
}
