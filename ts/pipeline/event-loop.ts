// Milliseconds of one turn of the event loop that runs take together before what else waits for it has its turn.
const share = 3

const waiting: (() => void)[] = []
// When runs began to take time of the present turn.
let begun: number | undefined

function isOver(): boolean {
  if (begun === undefined) {
    begun = performance.now()
    setImmediate(() => {
      begun = undefined
    })
  }
  return performance.now() - begun > share
}

// One after another, each in a turn of its own.
function letNextGo(): void {
  waiting.shift()?.()
  if (waiting.length > 0) setImmediate(letNextGo)
}

/** Waits where runs have had their share of this turn of the event loop: a thousand runs that are asked for at once do not hold it up. */
export async function ownTurn(): Promise<void> {
  if (waiting.length === 0 && !isOver()) return
  await new Promise<void>((go) => {
    waiting.push(go)
    if (waiting.length === 1) setImmediate(letNextGo)
  })
}
