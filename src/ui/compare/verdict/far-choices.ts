/** The false accept rates that a verdict can be given at. */
export const FALSE_ACCEPT_RATES = [0.1, 0.01, 0.001] as const;
