import type { FilterFacts } from '../../index.ts'
import { defineCommand } from '../command.ts'
import { knownFilters, pluginFlag } from '../plugins.ts'
import { jsonFlag } from '../run-flags.ts'
import { showJson, showTable } from '../show.ts'
import { filterNamed, kebab } from '../step-text.ts'

export const filters = defineCommand({
  name: 'filters',
  summary: 'List the filters, or the parameters of one.',
  arguments: [{ name: 'NAME', doc: 'A filter.', optional: true }],
  flags: { ...pluginFlag, ...jsonFlag },
  run: async ({ words, flags, io }) => {
    const [name] = words
    const all = await knownFilters(flags.plugin)
    if (name !== undefined) {
      const filter = filterNamed(name, all)
      io.write(flags.json ? showJson(factsOf(filter)) : filterHelp(filter))
    } else if (flags.json) {
      io.write(showJson(all.map(factsOf)))
    } else {
      io.write(showTable(all.map(({ op, summary }) => [op, summary])))
    }
    return 0
  },
})

function factsOf({ op, name, summary, measures, params }: FilterFacts) {
  const list = Object.entries(params).map(
    ([key, { kind, presence, doc, expected, choices, default: usual }]) => {
      const shown = { name: kebab(key), kind, presence, doc, expected, ...(choices && { choices }) }
      return usual === undefined ? shown : { ...shown, default: usual }
    },
  )
  return { name: op, call: name, summary, measures, parameters: list }
}

function filterHelp(filter: FilterFacts): string {
  const { op, summary, measures, params } = filter
  const rows = Object.entries(params).map(([key, param]) => {
    const usual = param.default === undefined ? param.presence : `default ${param.format(param.default)}`
    return [kebab(key), usual, param.doc, `(${param.expected})`]
  })
  const kind = measures ? 'It ends a pipeline with numbers.\n' : ''
  const table = rows.length > 0 ? showTable(rows, '  ') : '  no parameters\n'
  return `${op}: ${summary}\n${kind}\nstep: ${op}${rows.length > 0 ? '[:parameter=value,…]' : ''}\n\n${table}`
}
