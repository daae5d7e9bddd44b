// Run by test/ts/volume/mapping.test.ts: prints what each call says of maps whose file is cut short meanwhile.
import { truncateSync } from 'node:fs'
import { clamp, pipe, Volume } from '../../ts/index.ts'

const path = process.argv[2] as string
const shape = [300, 200, 60]
const last = [299, 199, 59]

type Use = (map: Volume) => unknown

const uses: Readonly<Record<string, Use>> = {
  get: (map) => map.get(...last),
  data: (map) => map.data[0],
  lines: (map) => map.forEachLine(({ data }) => data[data.length - 1]),
  copy: (map) => map.copy(),
  equals: (map) => map.equals(map),
  snapshot: (map) => map.snapshot(),
  view: (map) => map.view({ start: [200, 100, 50] }).copy({ dtype: 'float32' }),
  run: (map) => pipe(map, clamp({ low: 3 })).compute(),
  write: (map) => map.write(`${path}.out.nii`, { overwrite: true }),
}
const writes: Readonly<Record<string, Use>> = {
  fill: (map) => map.fill(3),
  set: (map) => map.set(3, ...last),
}

async function said(use: () => unknown): Promise<string> {
  try {
    await use()
    return 'done'
  } catch (error) {
    return (error as { code: string }).code
  }
}

const found: Record<string, string> = {}
for (const mode of ['r', 'c', 'r+'] as const)
  for (const [name, use] of Object.entries(mode === 'r' ? uses : { ...uses, ...writes })) {
    await Volume.create({ shape, dtype: 'int16' }).write(path, { overwrite: true })
    using map = Volume.map(path, { mode })
    const early = map.data
    truncateSync(path, 20_000)
    found[`${mode} ${name}`] = await said(() => use(map))
    // An array cannot tell: what the file no longer has reads as zeros.
    found[`${mode} ${name}, array`] = `${early[0]} ${early[early.length / 2]}`
  }
console.log(JSON.stringify(found))
