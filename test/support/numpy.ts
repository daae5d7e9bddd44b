import { spawnSync } from 'node:child_process'

const python = '/usr/bin/python3'

/** Runs a Python program with NumPy as `np`; gives what it prints. */
export function numpy(program: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(
    python,
    ['-c', `import sys, numpy as np\n${program}`, ...args],
    {
      encoding: 'utf8',
    },
  )
  if (status !== 0) throw new Error(`python: ${stderr}`)
  return stdout
}

/** Whether there is a Python with NumPy. */
export const hasNumpy = spawnSync(python, ['-c', 'import numpy']).status === 0
