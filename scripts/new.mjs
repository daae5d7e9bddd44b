// Writes the first version of a filter, kernel or file format with its test: `npm run new filter mean-of-two`. What it writes
// compiles and passes; `npm run generate` then puts it into the indexes.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatted } from './formatted.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

// `like` is the name in other spellings: `{ kebab, camel, pascal, snake }`.
const kinds = {
  filter: (like) => ({
    'filter.ts': `ts/filters/${like.kebab}.ts`,
    'filter.test.ts': `test/ts/filters/${like.kebab}.test.ts`,
  }),
  kernel: (like) => ({ 'kernel.cpp': `native/kernels/${like.snake}.cpp` }),
  format: (like) => ({
    'format.ts': `ts/formats/${like.kebab}.ts`,
    'format.test.ts': `test/ts/formats/${like.kebab}.test.ts`,
  }),
}

function spellings(name) {
  const words = name.split('-')
  const capital = (word) => word[0].toUpperCase() + word.slice(1)
  const pascal = words.map(capital).join('')
  return { kebab: name, camel: pascal[0].toLowerCase() + pascal.slice(1), pascal, snake: words.join('_') }
}

/** The files of a new filter, kernel or format: their text by path. */
export function skeletons(kind, name) {
  if (!Object.hasOwn(kinds, kind))
    throw new Error(`the kind must be one of ${Object.keys(kinds).join(', ')}, received ${kind}`)
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name ?? ''))
    throw new Error(`the name must be in kebab-case, received ${name}`)
  const like = spellings(name)
  const filled = (template) => {
    const text = readFileSync(join(root, 'scripts/templates', `${template}.txt`), 'utf8')
    return text.replaceAll(/__(kebab|camel|pascal|snake)__/g, (_, spelling) => like[spelling])
  }
  return Object.fromEntries(
    Object.entries(kinds[kind](like)).map(([template, path]) => [path, filled(template)]),
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const files = skeletons(process.argv[2], process.argv[3])
    for (const path of Object.keys(files)) if (existsSync(join(root, path))) throw new Error(`${path} exists`)
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), formatted(path, text))
      console.log(`wrote ${path}`)
    }
    console.log('next: npm run generate')
  } catch (error) {
    console.error(`npm run new KIND NAME: ${error.message}`)
    process.exitCode = 2
  }
}
