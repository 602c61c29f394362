import { expect, it } from 'vitest';
import { readMakefile } from '../../../scripts/fidelity/extensions.ts';

it('reads the tests of a makefile, over its continued lines, and the extensions they need', () => {
  const makefile = String.raw`# contrib/example/Makefile
EXTENSION = example
REGRESS = first \
	second third
REGRESS += $(EXTRA) fourth
REGRESS_OPTS = --dlpath=$(top_builddir)/src/test/regress --load-extension=hstore
REGRESS_OPTS += --load-extension=cube
ISOLATION = none
`;
  expect(readMakefile(makefile)).toEqual({
    tests: ['first', 'second', 'third', 'fourth'],
    load: ['hstore', 'cube'],
  });
});
