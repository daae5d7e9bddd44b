/** Where values outside a volume come from, in the order of their codes in the native library. */
export const borders = ['edge', 'constant', 'symmetric', 'reflect', 'wrap'] as const

/** A border mode, in NumPy's words. */
export type Border = (typeof borders)[number]

/** A stage's border: a mode, or what the stage before it computes there on its own border, as if the volume were larger. */
export type StageBorder = Border | 'computed'

/** Stages' borders in the order of their codes in the native library. */
export const stageBorders: readonly StageBorder[] = [...borders, 'computed']
