/**
 * Does `work` for every item, in their order, `jobs` at a time. Once one fails no other begins, and those that are on are
 * waited for; `hasFailed` tells them to give up.
 * @throws the first failure, in the order of the workers
 */
export async function sideBySide<Item>(
  items: readonly Item[],
  jobs: number,
  work: (item: Item, hasFailed: () => boolean) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  let failed = false;
  const worker = async (): Promise<void> => {
    try {
      while (queue.length > 0 && !failed) await work(queue.shift() as Item, () => failed);
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: jobs }, worker));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
