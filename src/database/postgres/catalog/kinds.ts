import { accessMethodKind } from './kinds/access-method.ts';
import { aggregateKind } from './kinds/aggregate.ts';
import { baseTypeKind } from './kinds/type-base.ts';
import { castKind } from './kinds/cast.ts';
import { checkConstraintKind } from './kinds/constraint-check.ts';
import { collationKind } from './kinds/collation.ts';
import { columnDefaultKind } from './kinds/column-default.ts';
import { compositeTypeKind } from './kinds/type-composite.ts';
import { conversionKind } from './kinds/conversion.ts';
import { databaseKind } from './kinds/database.ts';
import { databaseSettingsKind } from './kinds/database-settings.ts';
import { defaultPrivilegesKind } from './kinds/default-privileges.ts';
import { domainKind } from './kinds/type-domain.ts';
import { enumTypeKind } from './kinds/type-enum.ts';
import { eventTriggerKind } from './kinds/event-trigger.ts';
import { extensionConfigurationKind } from './kinds/extension-configuration.ts';
import { extensionKind } from './kinds/extension.ts';
import { foreignDataWrapperKind } from './kinds/foreign-data-wrapper.ts';
import { foreignKeyKind } from './kinds/constraint-foreign-key.ts';
import { foreignServerKind } from './kinds/foreign-server.ts';
import { functionKind } from './kinds/function.ts';
import { indexConstraintKind } from './kinds/constraint-index.ts';
import { indexKind } from './kinds/index.ts';
import { languageKind } from './kinds/language.ts';
import { largeObjectKind } from './kinds/large-object.ts';
import { materializedViewKind } from './kinds/materialized-view.ts';
import { operatorClassKind } from './kinds/operator-class.ts';
import { operatorFamilyKind } from './kinds/operator-family.ts';
import { operatorKind } from './kinds/operator.ts';
import { partitionKind } from './kinds/partition.ts';
import { policyKind } from './kinds/policy.ts';
import { publicationKind } from './kinds/publication.ts';
import { rangeTypeKind } from './kinds/type-range.ts';
import { rowSecurityKind } from './kinds/row-security.ts';
import { ruleKind } from './kinds/rule.ts';
import { schemaKind } from './kinds/schema.ts';
import { sequenceKind } from './kinds/sequence.ts';
import { statisticsKind } from './kinds/statistics.ts';
import { shellTypeKind } from './kinds/type-shell.ts';
import { subscriptionKind } from './kinds/subscription.ts';
import { tableKind } from './kinds/table.ts';
import { textSearchConfigurationKind } from './kinds/text-search-configuration.ts';
import { textSearchDictionaryKind } from './kinds/text-search-dictionary.ts';
import { textSearchParserKind } from './kinds/text-search-parser.ts';
import { textSearchTemplateKind } from './kinds/text-search-template.ts';
import { transformKind } from './kinds/transform.ts';
import { constraintTriggerKind } from './kinds/trigger-of-constraint.ts';
import { triggerKind } from './kinds/trigger.ts';
import { userMappingKind } from './kinds/user-mapping.ts';
import { viewDefaultKind } from './kinds/view-default.ts';
import { viewKind } from './kinds/view.ts';
import type { ObjectKind } from './object.ts';

/** Every kind of object that is exported. Their order is that of the statements, as far as dependencies leave it free. */
export const KINDS: readonly ObjectKind[] = [
  schemaKind,
  extensionKind,
  languageKind,
  collationKind,
  castKind,
  shellTypeKind,
  baseTypeKind,
  enumTypeKind,
  compositeTypeKind,
  domainKind,
  rangeTypeKind,
  functionKind,
  conversionKind,
  aggregateKind,
  // After the functions: those of its language that were made before it do not depend on it.
  transformKind,
  accessMethodKind,
  operatorKind,
  operatorFamilyKind,
  operatorClassKind,
  textSearchParserKind,
  textSearchTemplateKind,
  textSearchDictionaryKind,
  textSearchConfigurationKind,
  foreignDataWrapperKind,
  foreignServerKind,
  userMappingKind,
  sequenceKind,
  columnDefaultKind,
  checkConstraintKind,
  tableKind,
  largeObjectKind,
  partitionKind,
  viewKind,
  viewDefaultKind,
  materializedViewKind,
  indexConstraintKind,
  indexKind,
  statisticsKind,
  ruleKind,
  triggerKind,
  foreignKeyKind,
  constraintTriggerKind,
  policyKind,
  rowSecurityKind,
  databaseKind,
  databaseSettingsKind,
  defaultPrivilegesKind,
  publicationKind,
  subscriptionKind,
  extensionConfigurationKind,
  eventTriggerKind,
];
