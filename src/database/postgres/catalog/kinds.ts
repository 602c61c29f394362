import { aggregateKind } from './kinds/aggregate.ts';
import { checkConstraintKind } from './kinds/constraint-check.ts';
import { columnDefaultKind } from './kinds/column-default.ts';
import { compositeTypeKind } from './kinds/type-composite.ts';
import { databaseKind } from './kinds/database.ts';
import { databaseSettingsKind } from './kinds/database-settings.ts';
import { defaultPrivilegesKind } from './kinds/default-privileges.ts';
import { domainKind } from './kinds/type-domain.ts';
import { enumTypeKind } from './kinds/type-enum.ts';
import { extensionKind } from './kinds/extension.ts';
import { foreignKeyKind } from './kinds/constraint-foreign-key.ts';
import { functionKind } from './kinds/function.ts';
import { indexConstraintKind } from './kinds/constraint-index.ts';
import { indexKind } from './kinds/index.ts';
import { materializedViewKind } from './kinds/materialized-view.ts';
import { partitionKind } from './kinds/partition.ts';
import { policyKind } from './kinds/policy.ts';
import { rangeTypeKind } from './kinds/type-range.ts';
import { rowSecurityKind } from './kinds/row-security.ts';
import { ruleKind } from './kinds/rule.ts';
import { schemaKind } from './kinds/schema.ts';
import { sequenceKind } from './kinds/sequence.ts';
import { tableKind } from './kinds/table.ts';
import { triggerKind } from './kinds/trigger.ts';
import { viewDefaultKind } from './kinds/view-default.ts';
import { viewKind } from './kinds/view.ts';
import type { ObjectKind } from './object.ts';

/** Every kind of object that is exported. Their order is that of the statements, as far as dependencies leave it free. */
export const KINDS: readonly ObjectKind[] = [
  schemaKind,
  extensionKind,
  enumTypeKind,
  compositeTypeKind,
  domainKind,
  rangeTypeKind,
  functionKind,
  aggregateKind,
  sequenceKind,
  columnDefaultKind,
  checkConstraintKind,
  tableKind,
  partitionKind,
  viewKind,
  viewDefaultKind,
  materializedViewKind,
  indexConstraintKind,
  indexKind,
  ruleKind,
  triggerKind,
  foreignKeyKind,
  policyKind,
  rowSecurityKind,
  databaseKind,
  databaseSettingsKind,
  defaultPrivilegesKind,
];
