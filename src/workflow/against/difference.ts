/** Something in which a database is not what an archive holds. */
export interface Difference {
  readonly kind: 'table' | 'rows' | 'sequence' | 'statement';
  readonly schema: string | null;
  readonly name: string;
  /** One clause without a full stop, for people. */
  readonly message: string;
}
