// Prints the C++ sources below the given folders, one per line: the one list behind binding.gyp and CMakeLists.txt.
// A folder is named from the repository root; `-folder` takes one out again.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Files below the folders whose names end in `suffix`, from the repository root, sorted. */
export function filesBelow(folders, suffix) {
  const taken = folders.filter((folder) => !folder.startsWith('-'))
  const left = folders.filter((folder) => folder.startsWith('-')).map((folder) => `${folder.slice(1)}/`)
  const files = taken.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((file) =>
      `${folder}/${file}`.replaceAll('\\', '/'),
    ),
  )
  return files.filter((file) => file.endsWith(suffix) && !left.some((start) => file.startsWith(start))).sort()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(filesBelow(process.argv.slice(2), '.cpp').join('\n'))
}
