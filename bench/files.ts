import { rmSync, statSync } from 'node:fs'
import { pipe, Volume } from 'voxline'
import type { Question } from './question.ts'
import type { Contest } from './support/contest.ts'
import { contestSection } from './support/contest-table.ts'
import { scratch } from './support/folder.ts'
import { niftiFile } from './support/nifti-file.ts'
import { type OurSide, type OurWay, ownVolume } from './support/our-side.ts'
import type { TestVolume } from './support/test-volume.ts'
import { milliseconds } from './support/timing.ts'

const read: OurWay = async (input, choice) => {
  const pipeline = pipe(input.path)
  const into = (await pipeline.compute(choice)) as Volume
  return {
    ...fileSide(input),
    answer: () => into.data,
    run: () => milliseconds(() => pipeline.compute({ ...choice, into })),
    close: () => into.dispose(),
  }
}

const mapped: OurWay = async (input) => {
  const volume = Volume.map(input.path)
  return {
    ...fileSide(input),
    answer: () => volume.data,
    run: () => milliseconds(() => Volume.map(input.path).dispose()),
    close: () => volume.dispose(),
  }
}

const written =
  (ending: string): OurWay =>
  async (input, choice) => {
    const source = ownVolume(input)
    const path = scratch('data', `written-by-voxline.${ending}`)
    const write = () =>
      pipe(source).write(path, { threads: choice.threads, overwrite: true } as { overwrite: true })
    await write()
    return {
      ...fileSide(input),
      answer: async () => (await Volume.read(path)).data,
      run: () => milliseconds(write),
      close: () => {
        source.dispose()
        rmSync(path)
      },
    }
  }

// What all have in common: the voxels of the test volume go through, at least once each way.
function fileSide({
  dtype,
  shape,
  data,
}: TestVolume): Pick<OurSide, 'dtype' | 'shape' | 'bytes' | 'memories'> {
  return { dtype, shape, bytes: 2 * data.byteLength, memories: ['reused'] }
}

const contest = (title: string, operation: string, ours: OurWay, more: Partial<Contest>): Contest => ({
  title,
  input: 'int16',
  ours,
  peer: { operation },
  agreement: 'exact',
  ...more,
})

const contests: readonly Contest[] = [
  contest('read .nii, mapped (peers copy)', 'readNii', mapped, { file: 'nii', goal: 50 }),
  contest('map .nii', 'mapNii', mapped, { file: 'nii' }),
  contest('read .nii, copied', 'readNii', read, { file: 'nii', goal: 2 }),
  contest('read .nii.gz', 'readNiiGz', read, { file: 'nii.gz', goal: 1.5, against: 'nibabel' }),
  contest('write .nii', 'writeNii', written('nii'), { goal: 1.5 }),
  contest('write .nii.gz, level 6', 'writeNiiGz', written('nii.gz'), {
    slices: 64,
    goal: 4,
    against: 'nibabel',
    goalThreads: 2,
  }),
]

export const files: Question = {
  name: 'files',
  title: 'Files',
  ask: (options) => {
    const { path } = niftiFile(options.size, 'nii.gz')
    return contestSection(
      `An int16 volume as NIfTI, the files in the page cache; the compressed one, by zlib at level 6, has ${(statSync(path).size / 1e6).toFixed(1)} MB. Files that are written replace those of the run before.`,
      contests,
      options,
    )
  },
}
