/** Where values outside a volume come from, in the order of their codes in the native library. */
export const borders = ['edge', 'constant', 'symmetric', 'reflect', 'wrap'] as const

/** A border mode, in NumPy's words. */
export type Border = (typeof borders)[number]
