import type { ConfidenceMethod, MethodName } from './confidence-method';
import { cosine } from './cosine';
import { scf } from './scf';

/** Every method by name: a new one is one file and one line here. */
export const methods: Readonly<Record<MethodName, ConfidenceMethod>> = { scf, cosine };
