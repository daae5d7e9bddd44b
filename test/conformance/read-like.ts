import { Volume } from '../../ts/index.ts'

/** The volume of a file, turned as `like` is. A format may lack the place of a plane: it says so when it writes, and its axes are then its own. */
export async function readLike(path: string, like: Volume): Promise<Volume> {
  const letters = (code: string) =>
    [...code]
      .map((letter) => 'LRAPIS'.indexOf(letter) >> 1)
      .sort()
      .join()
  const read = await Volume.read(path)
  if (letters(read.orientation) !== letters(like.orientation)) return read
  const turned = read.flipToOrientation(like.orientation)
  read.dispose()
  return turned
}
