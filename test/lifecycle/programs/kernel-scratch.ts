// kernel-scratch.ts NX NY NZ THREADS: prints what is planned for each worker of a region kernel, and the most that a call takes.
import { counters } from '../../../ts/index.ts'
import { awaitNative } from '../../../ts/native/errors.ts'
import { allocatePatch, imaginedPatch } from '../../../ts/pipeline/patch.ts'
import { regionRequest, regionScratch } from '../../../ts/pipeline/region-request.ts'

const [threads = 0, ...reversed] = process.argv.slice(2).map(Number).reverse()
const of = { shape: reversed.reverse(), components: 1, dtype: 'float32' } as const
const whole = { start: [0, 0, 0], shape: of.shape }
const params = { slopes: [1, 1, 1], invK: -0.01, timeStep: 0.05, isCurved: 0 }
const imagined = imaginedPatch(of, whole)
const planned = regionScratch('diffusion_step', params, { inputs: [imagined], outputs: [imagined] })
imagined.release()
const views = { inputs: [allocatePatch(of, whole)], outputs: [allocatePatch(of, whole)] }
const { live } = counters()
const request = regionRequest('diffusion_step', params, views, { level: -1, threads })
await awaitNative((addon) => addon.runRegion([request]).promise)
console.log(JSON.stringify({ planned, taken: counters().peak - live }))
