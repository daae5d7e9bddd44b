/** What a NIfTI file made here says; all else is zero. Numbers go to the bytes as they are, also where they are wrong. */
export interface NiftiFixture {
  readonly version?: 1 | 2
  readonly bigEndian?: boolean
  readonly magic?: string
  readonly shape?: readonly number[]
  readonly datatype?: number
  readonly bitpix?: number
  /** pixdim[0] to pixdim[7]; the missing ones are 1. */
  readonly pixdim?: readonly number[]
  readonly voxelOffset?: number
  readonly slope?: number
  readonly intercept?: number
  readonly qformCode?: number
  readonly sformCode?: number
  readonly quaternion?: readonly number[]
  readonly qoffset?: readonly number[]
  readonly srow?: readonly number[]
  readonly units?: number
  readonly dimInfo?: number
  readonly sliceCode?: number
  readonly sliceEnd?: number
  readonly description?: string
  readonly intent?: { readonly code: number; readonly name: string; readonly parameters: readonly number[] }
  readonly display?: readonly [max: number, min: number]
  /** Extension codes and contents; sizes are written as given or rounded up to 16. */
  readonly extensions?: readonly {
    readonly code: number
    readonly bytes: Uint8Array
    readonly size?: number
  }[]
  /** Bytes of voxels; 0, 1, 2 … by default. */
  readonly voxelBytes?: number
}

interface Writer {
  int8(at: number, value: number): void
  int16(at: number, value: number): void
  int32(at: number, value: number): void
  real(at: number, values: readonly number[]): void
  text(at: number, text: string): void
}

function writer(bytes: Uint8Array, little: boolean, wide: boolean): Writer {
  const view = new DataView(bytes.buffer)
  return {
    int8: (at, value) => view.setUint8(at, value),
    int16: (at, value) => view.setInt16(at, value, little),
    int32: (at, value) => view.setInt32(at, value, little),
    real: (at, values) =>
      values.forEach((value, i) => {
        if (wide) view.setFloat64(at + 8 * i, value, little)
        else view.setFloat32(at + 4 * i, value, little)
      }),
    text: (at, text) => bytes.set(Buffer.from(text, 'latin1'), at),
  }
}

/** Bytes of a voxel of each datatype code. */
const sizes: Readonly<Record<number, number>> = {
  2: 1,
  4: 2,
  8: 4,
  16: 4,
  32: 8,
  64: 8,
  128: 3,
  256: 1,
  512: 2,
  768: 4,
  1024: 8,
  1280: 8,
  1536: 16,
  1792: 16,
  2048: 32,
  2304: 4,
}

/** A header and its extensions, byte for byte from nifti1.h and nifti2.h. */
export function niftiHeader(fixture: NiftiFixture = {}): Uint8Array {
  const extensions = fixture.extensions ?? []
  const padded = extensions.map(({ bytes, size }) => size ?? Math.ceil((bytes.length + 8) / 16) * 16)
  const length = fixture.version === 2 ? 540 : 348
  const total = padded.reduce((sum, size) => sum + Math.max(size, 8), length + 4)
  const bytes = new Uint8Array(total)
  if (fixture.version === 2) fill2(bytes, fixture, total)
  else fill1(bytes, fixture, total)
  const to = writer(bytes, fixture.bigEndian !== true, false)
  if (extensions.length > 0) to.int8(length, 1)
  let at = length + 4
  extensions.forEach(({ code, bytes: content }, index) => {
    const size = padded[index] ?? 0
    to.int32(at, size)
    to.int32(at + 4, code)
    bytes.set(content.subarray(0, Math.max(size, 8) - 8), at + 8)
    at += Math.max(size, 8)
  })
  return bytes
}

function pixdimOf({ pixdim = [] }: NiftiFixture): number[] {
  return Array.from({ length: 8 }, (_, i) => pixdim[i] ?? 1)
}

function dimOf({ shape = [4, 5, 6] }: NiftiFixture): number[] {
  return [shape.length, ...Array.from({ length: 7 }, (_, i) => shape[i] ?? 1)]
}

function bitsOf({ datatype = 4, bitpix }: NiftiFixture): number {
  return bitpix ?? (sizes[datatype] ?? 2) * 8
}

function fill1(bytes: Uint8Array, fixture: NiftiFixture, total: number): void {
  const to = writer(bytes, fixture.bigEndian !== true, false)
  to.int32(0, 348)
  to.int8(39, fixture.dimInfo ?? 0)
  for (const [i, length] of dimOf(fixture).entries()) to.int16(40 + 2 * i, length)
  to.real(56, fixture.intent?.parameters ?? [])
  to.int16(68, fixture.intent?.code ?? 0)
  to.int16(70, fixture.datatype ?? 4)
  to.int16(72, bitsOf(fixture))
  to.real(76, pixdimOf(fixture))
  to.real(108, [fixture.voxelOffset ?? total])
  to.real(112, [fixture.slope ?? 1, fixture.intercept ?? 0])
  to.int16(120, fixture.sliceEnd ?? 0)
  to.int8(122, fixture.sliceCode ?? 0)
  to.int8(123, fixture.units ?? 2)
  to.real(124, fixture.display ?? [])
  to.text(148, fixture.description ?? '')
  to.int16(252, fixture.qformCode ?? 0)
  to.int16(254, fixture.sformCode ?? 0)
  to.real(256, fixture.quaternion ?? [])
  to.real(268, fixture.qoffset ?? [])
  to.real(280, fixture.srow ?? [])
  to.text(328, fixture.intent?.name ?? '')
  to.text(344, fixture.magic ?? 'n+1\0')
}

function fill2(bytes: Uint8Array, fixture: NiftiFixture, total: number): void {
  const little = fixture.bigEndian !== true
  const to = writer(bytes, little, true)
  const view = new DataView(bytes.buffer)
  to.int32(0, 540)
  to.text(4, fixture.magic ?? 'n+2\0\r\n\x1a\n')
  to.int16(12, fixture.datatype ?? 4)
  to.int16(14, bitsOf(fixture))
  for (const [i, length] of dimOf(fixture).entries()) view.setBigInt64(16 + 8 * i, BigInt(length), little)
  to.real(80, fixture.intent?.parameters ?? [])
  to.real(104, pixdimOf(fixture))
  view.setBigInt64(168, BigInt(fixture.voxelOffset ?? total), little)
  to.real(176, [fixture.slope ?? 1, fixture.intercept ?? 0])
  to.real(192, fixture.display ?? [])
  view.setBigInt64(232, BigInt(fixture.sliceEnd ?? 0), little)
  to.text(240, fixture.description ?? '')
  to.int32(344, fixture.qformCode ?? 0)
  to.int32(348, fixture.sformCode ?? 0)
  to.real(352, fixture.quaternion ?? [])
  to.real(376, fixture.qoffset ?? [])
  to.real(400, fixture.srow ?? [])
  to.int32(496, fixture.sliceCode ?? 0)
  to.int32(500, fixture.units ?? 2)
  to.int32(504, fixture.intent?.code ?? 0)
  to.text(508, fixture.intent?.name ?? '')
  to.int8(524, fixture.dimInfo ?? 0)
}

/** A whole single file: header, extensions, zeros up to the voxels, voxels. */
export function niftiFile(fixture: NiftiFixture = {}): Uint8Array {
  const header = niftiHeader(fixture)
  const { shape = [4, 5, 6], datatype = 4 } = fixture
  const size = shape.reduce((product, length) => product * Math.abs(length), sizes[datatype] ?? 2)
  const voxels = fixture.voxelBytes ?? size
  const start = Math.max(header.length, fixture.voxelOffset || 0)
  const bytes = new Uint8Array(start + voxels)
  bytes.set(header)
  for (let i = 0; i < voxels; ++i) bytes[start + i] = i
  return bytes
}
