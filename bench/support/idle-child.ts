// A process with nothing to do: starts watching its event loop at the first input, says how late turns came at the end of input.
import { watchDelays } from './delays.ts'

let end: ReturnType<typeof watchDelays> | undefined
process.stdin.on('data', () => {
  end ??= watchDelays()
})
process.stdin.on('end', () => console.log(JSON.stringify(end?.())))
console.log('ready')
