// end-in-mid-run.ts HOW CHAIN FILE: starts three runs and ends 60 ms later in the way asked for.
import { longRun, noiseVolume } from './long-run.ts'

const [how, chain, path] = process.argv.slice(2) as [string, string, string]
const pipeline = longRun(chain)
const kept = [noiseVolume([9, 8, 7]), noiseVolume([9, 8, 7])]
const array = kept[0]?.data

const ends: Readonly<Record<string, () => void>> = {
  exit: () => process.exit(7),
  throw: () => {
    throw new Error('thrown in mid-run')
  },
  reject: () => void Promise.reject(new Error('rejected in mid-run')),
  signal: () => void process.kill(process.pid, 'SIGTERM'),
}

const results = [pipeline.compute(), pipeline.write(path), pipeline.compute({ executor: 'reference' })]
for (const result of results)
  result.then(
    () => console.log('a run has ended'),
    () => console.log('a run has failed'),
  )
setTimeout(ends[how] as () => void, 60)
process.on('exit', () => console.log(`exit with ${array?.length} ${kept.length}`))
