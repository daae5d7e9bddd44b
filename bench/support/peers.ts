import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root, scratch } from './folder.ts'
import { type PeerProcess, type PeerTask, startPeer } from './peer-process.ts'
import type { TestVolume } from './test-volume.ts'

/** A competitor that is installed here. */
export interface Peer {
  /** With its version: `ITK 5.2.1`. */
  readonly name: string
  readonly operations: readonly string[]
  readonly isThreaded: boolean
  start(task: PeerTask, volume: TestVolume, threads: number): Promise<PeerProcess>
}

const itkOperations = [
  'median',
  'mean',
  'gradientMagnitude',
  'gaussian',
  'threshold',
  'cast',
  'rescaleIntensity',
  'edgeMap',
  'medianEdgeMap',
]
const pythonOperations = itkOperations.filter((name) => name !== 'gaussian')

function output(program: string, ...args: string[]): { readonly ok: boolean; readonly text: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  return { ok: status === 0, text: `${stdout ?? ''}${stderr ?? ''}`.trim() }
}

function itkCommand(): string[] | string {
  const source = join(root, 'bench/peers/itk')
  const folder = scratch('itk')
  if (!output('cmake', '--version').ok) return 'cmake is not installed'
  const configured = output('cmake', '-S', source, '-B', folder)
  if (!configured.ok) {
    if (configured.text.includes('Could not find a package configuration file provided by "ITK"'))
      return 'ITK is not installed'
    throw new Error(configured.text)
  }
  const built = output('cmake', '--build', folder)
  if (!built.ok) throw new Error(built.text)
  return [join(folder, 'itk_peer')]
}

function pythonCommand(): string[] | string {
  const script = join(root, 'bench/peers/python/peer.py')
  const found = output('python3', script, '--version')
  return found.ok ? ['python3', script] : 'NumPy and SciPy are not installed'
}

function peerOf(command: readonly string[], operations: readonly string[], isThreaded: boolean): Peer {
  const [program, ...first] = command as [string, ...string[]]
  const name = output(program, ...first, '--version').text
  return {
    name,
    operations,
    isThreaded,
    start: (task, volume, threads) => startPeer(command, task, volume, threads),
  }
}

let found: readonly Peer[] | undefined

/** The competitors that are installed, built where need be; says on the console which are not. */
export function installedPeers(): readonly Peer[] {
  if (found) return found
  const candidates = [
    { title: 'ITK', command: itkCommand(), operations: itkOperations, isThreaded: true },
    { title: 'NumPy and SciPy', command: pythonCommand(), operations: pythonOperations, isThreaded: false },
  ]
  found = candidates.flatMap(({ title, command, operations, isThreaded }) => {
    if (Array.isArray(command)) return [peerOf(command, operations, isThreaded)]
    console.log(`skipped: peer ${title}: ${command}`)
    return []
  })
  return found
}
