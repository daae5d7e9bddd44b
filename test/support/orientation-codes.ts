const pairs = ['LR', 'PA', 'IS']
const orders = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
]

/** The 48 orientation codes of three axes. */
export const allCodes: readonly string[] = orders.flatMap((order) =>
  [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => order.map((axis, k) => pairs[axis]?.[(bits >> k) & 1]).join('')),
)
