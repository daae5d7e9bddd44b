import type { Command } from './command.ts'
import { usage } from './command.ts'
import { showTable } from './show.ts'

/** What `voxline --help` prints. */
export function overview(commands: readonly Command[]): string {
  const rows = commands.map(({ name, arguments: wanted, summary }) => [
    `${name} ${usage(wanted)}`.trim(),
    summary,
  ])
  return (
    `Medical and scientific volumes on the command line.\n\nusage: voxline COMMAND …\n\n${showTable(rows, '  ')}\n` +
    'voxline help COMMAND shows a command’s flags; voxline --version prints the version.\n' +
    'Exit codes: 0 done, 1 a difference or a failed run, 2 a wrong command line, 130 interrupted.\n'
  )
}

/** What `voxline help COMMAND` prints. */
export function commandHelp({ name, summary, arguments: wanted, flags, notes }: Command): string {
  const words = wanted.map((argument) => [argument.name, argument.doc])
  const switches = Object.entries(flags).map(([flag, { value, doc }]) => [
    `--${flag}${value === null ? '' : ` ${value}`}`,
    doc,
  ])
  const parts = [
    summary,
    `usage: voxline ${name} ${usage(wanted)}`.trim(),
    showTable(words, '  ').trimEnd(),
    showTable(switches, '  ').trimEnd(),
    ...notes.map((note) => wrapped(note, 100)),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function wrapped(text: string, width: number): string {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) as string
    if (line.length + word.length + 1 > width) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.join('\n')
}
