import { formats as all } from '../../index.ts'
import { defineCommand } from '../command.ts'
import { jsonFlag } from '../run-flags.ts'
import { showJson, showTable } from '../show.ts'

export const formats = defineCommand({
  name: 'formats',
  summary: 'List the file formats.',
  arguments: [],
  flags: { ...jsonFlag },
  run: async ({ flags, io }) => {
    const facts = all.map(({ name, summary, suffixes, writes }) => ({
      name,
      summary,
      reads: suffixes,
      writes,
    }))
    const rows = facts.map(({ name, reads, writes, summary }) => [
      name,
      `reads ${reads.join(' ')}`,
      writes.length > 0 ? `writes ${writes.join(' ')}` : 'is not written',
      summary,
    ])
    io.write(flags.json ? showJson(facts) : showTable(rows))
    return 0
  },
})
