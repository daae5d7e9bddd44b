#include "io/file_source.h"

#include <zlib.h>

#include "io/files.h"
#include "support/check.h"
#include "volume/lines.h"
#include "volume/voxels.h"

using namespace voxline;
using namespace voxline::test;

namespace {

const std::atomic<bool> kGo{false};

// Members of the given uncompressed length.
Bytes gzip(const Bytes& bytes, std::size_t member, int windowBits = 15 + 16) {
  Bytes out;
  for (std::size_t begin = 0; begin < bytes.size(); begin += member) {
    const std::size_t n = std::min(member, bytes.size() - begin);
    z_stream z{};
    deflateInit2(&z, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY);
    Bytes buffer(n + n / 8 + 256);
    z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data() + begin));
    z.avail_in = static_cast<uInt>(n);
    z.next_out = reinterpret_cast<Bytef*>(buffer.data());
    z.avail_out = static_cast<uInt>(buffer.size());
    deflate(&z, Z_FINISH);
    out.insert(out.end(), buffer.begin(), buffer.end() - z.avail_out);
    deflateEnd(&z);
  }
  return out;
}

void checkRegion(FileSource& source, const Stored& stored, const Region& region, std::mt19937& random) {
  const View to = randomView(random, stored.layout.dtype, region.rank, region.shape);
  source.read(region, to, kGo);
  const View expected = part(stored.voxels, region);
  forEachIndex(region.rank, region.shape,
               [&](const Index& at) { CHECK_EQUAL(bitsAt(to, at), bitsAt(expected, at)); });
}

Code codeOf(const FileLayout& layout, const Region& region, const View& to) {
  try {
    FileSource::open(layout)->read(region, to, kGo);
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find(layout.path) != std::string::npos);
    CHECK_EQUAL(error.details().at(0).first, "path");
    return error.code();
  }
  return Code::Internal;
}

// A stored volume of 10 MiB that compresses well but not to nothing.
Stored largeVolume(std::mt19937& random) {
  Stored stored = store(random, DType::UInt16, 3, {190, 170, 163}, 352, true);
  auto* voxels = reinterpret_cast<std::uint16_t*>(lowest(stored.voxels));
  for (std::int64_t k = 0; k < 190 * 170 * 100; ++k)
    voxels[k] = static_cast<std::uint16_t>(k / 700 + (random() & 3));
  putVoxels(stored.voxels, stored.layout, stored.stream);
  return stored;
}

}  // namespace

TEST(regions_of_raw_files_equal_the_voxels_for_all_layouts) {
  const Folder folder;
  std::mt19937 random(11);
  for (int round = 0; round < 150; ++round) {
    const int rank = draw(random, 1, 4);
    Index shape{};
    for (int a = 0; a < rank; ++a) shape[a] = draw(random, 1, rank == 1 ? 3000 : rank == 2 ? 300 : 24);
    Stored stored = store(random, static_cast<DType>(draw(random, 0, kDTypes - 1)), rank, shape,
                          draw(random, 0, 400), false);
    stored.layout.bigEndian = draw(random, 0, 1);
    stored.layout.path = folder / "raw";
    putVoxels(stored.voxels, stored.layout, stored.stream);
    writeFile(stored.layout.path, stored.stream);
    const auto source = FileSource::open(stored.layout);
    checkRegion(*source, stored, stored.voxels.region(), random);
    for (int k = 0; k < 6; ++k) checkRegion(*source, stored, randomRegion(random, rank, shape), random);
  }
}

TEST(regions_larger_than_the_buffer_are_read_in_pieces) {
  const Folder folder;
  std::mt19937 random(12);
  Stored stored = store(random, DType::Int16, 3, {211, 190, 83}, 352, true);
  for (const bool bigEndian : {false, true}) {
    stored.layout.bigEndian = bigEndian;
    stored.layout.path = folder / "raw";
    putVoxels(stored.voxels, stored.layout, stored.stream);
    writeFile(stored.layout.path, stored.stream);
    const auto source = FileSource::open(stored.layout);
    const View to = randomView(random, DType::Int16, 3, stored.layout.shape);
    source->read(to.region(), to, kGo);
    CHECK(equalVoxels(to, stored.voxels));
    // One voxel of every row: far apart in the file.
    for (int axis = 0; axis < 3; ++axis) {
      Region slice = to.region();
      slice.setAxis(axis, {17, 18});
      const View thin = randomView(random, DType::Int16, 3, slice.shape);
      source->read(slice, thin, kGo);
      CHECK(equalVoxels(thin, part(stored.voxels, slice)));
    }
  }
}

TEST(a_short_raw_file_is_an_io_error_saying_how_much_is_missing) {
  const Folder folder;
  std::mt19937 random(13);
  Stored stored = store(random, DType::Int16, 3, {19, 7, 5}, 10, true);
  stored.layout.path = folder / "short.raw";
  stored.stream.pop_back();
  stored.stream.pop_back();
  stored.stream.pop_back();
  writeFile(stored.layout.path, stored.stream);
  try {
    FileSource::open(stored.layout);
    CHECK(false);
  } catch (const Error& error) {
    CHECK(error.code() == Code::Io);
    CHECK(std::string(error.what()).find("3 bytes are missing") != std::string::npos);
  }
  stored.layout.path = folder / "none.raw";
  CHECK_THROWS(Code::Io, FileSource::open(stored.layout));
  stored.layout.path = folder.path.string();
  CHECK_THROWS(Code::Io, FileSource::open(stored.layout));
}

TEST(a_raw_file_cut_while_open_is_an_io_error) {
  const Folder folder;
  std::mt19937 random(14);
  Stored stored = store(random, DType::Int16, 3, {19, 7, 5}, 10, true);
  stored.layout.path = folder / "cut.raw";
  writeFile(stored.layout.path, stored.stream);
  const auto source = FileSource::open(stored.layout);
  std::filesystem::resize_file(stored.layout.path, 100);
  const View to = randomView(random, DType::Int16, 3, stored.layout.shape);
  CHECK_THROWS(Code::Io, source->read(to.region(), to, kGo));
}

TEST(regions_outside_the_layout_or_of_another_shape_are_refused) {
  const Folder folder;
  std::mt19937 random(15);
  Stored stored = store(random, DType::Int16, 3, {19, 7, 5}, 10, true);
  stored.layout.path = folder / "raw";
  writeFile(stored.layout.path, stored.stream);
  const auto source = FileSource::open(stored.layout);
  const View to = randomView(random, DType::Int16, 3, {19, 7, 4});
  CHECK_THROWS(Code::OutOfBounds, source->read({3, {0, 0, 2}, {19, 7, 4}}, to, kGo));
  CHECK_THROWS(Code::ShapeMismatch, source->read({3, {0, 0, 0}, {19, 7, 5}}, to, kGo));
  const View other = randomView(random, DType::UInt16, 3, {19, 7, 4});
  CHECK_THROWS(Code::ShapeMismatch, source->read({3, {0, 0, 0}, {19, 7, 4}}, other, kGo));
  stored.layout.start = 3;
  stored.layout.strides[0] = -2;
  CHECK_THROWS(Code::InvalidArgument, FileSource::open(stored.layout));
}

TEST(reading_stops_when_told) {
  const Folder folder;
  std::mt19937 random(16);
  Stored stored = store(random, DType::Int16, 3, {19, 7, 5}, 10, true);
  stored.layout.path = folder / "raw";
  writeFile(stored.layout.path, stored.stream);
  const View to = randomView(random, DType::Int16, 3, stored.layout.shape);
  const std::atomic<bool> stop{true};
  CHECK_THROWS(Code::Aborted, FileSource::open(stored.layout)->read(to.region(), to, stop));
  writeFile(stored.layout.path, gzip(stored.stream, 100));
  stored.layout.compression = Compression::Gzip;
  CHECK_THROWS(Code::Aborted, FileSource::open(stored.layout)->read(to.region(), to, stop));
}

TEST(regions_of_gzip_files_equal_the_voxels_in_any_order) {
  const Folder folder;
  std::mt19937 random(17);
  for (int round = 0; round < 80; ++round) {
    const int rank = draw(random, 1, 4);
    Index shape{};
    for (int a = 0; a < rank; ++a) shape[a] = draw(random, 1, rank == 1 ? 3000 : 20);
    Stored stored = store(random, static_cast<DType>(draw(random, 0, kDTypes - 1)), rank, shape,
                          draw(random, 0, 400), false);
    stored.layout.bigEndian = draw(random, 0, 1);
    stored.layout.compression = Compression::Gzip;
    stored.layout.path = folder / "gz";
    putVoxels(stored.voxels, stored.layout, stored.stream);
    writeFile(stored.layout.path, gzip(stored.stream, static_cast<std::size_t>(draw(random, 50, 20000))));
    const auto source = FileSource::open(stored.layout);
    for (int k = 0; k < 5; ++k) checkRegion(*source, stored, randomRegion(random, rank, shape), random);
    checkRegion(*source, stored, stored.voxels.region(), random);
  }
}

TEST(gzip_regions_read_backwards_resume_from_kept_states) {
  const Folder folder;
  std::mt19937 random(18);
  Stored stored = largeVolume(random);
  stored.layout.path = folder / "large.gz";
  stored.layout.compression = Compression::Gzip;
  for (const std::size_t member : {std::size_t{1} << 30, std::size_t{3000000}}) {
    writeFile(stored.layout.path, gzip(stored.stream, member));
    const auto source = FileSource::open(stored.layout);
    for (int k = 0; k < 12; ++k) {
      const Region region = randomRegion(random, 3, stored.layout.shape);
      const View to = randomView(random, DType::UInt16, 3, region.shape);
      source->read(region, to, kGo);
      CHECK(equalVoxels(to, part(stored.voxels, region)));
    }
  }
}

TEST(every_truncation_of_a_gzip_file_is_a_format_error_with_its_offset) {
  const Folder folder;
  std::mt19937 random(19);
  Stored stored = store(random, DType::Int16, 3, {19, 7, 5}, 352, true);
  putVoxels(stored.voxels, stored.layout, stored.stream);
  stored.layout.path = folder / "cut.gz";
  stored.layout.compression = Compression::Gzip;
  const View to = randomView(random, DType::Int16, 3, stored.layout.shape);
  const Bytes whole = gzip(stored.stream, 600);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    writeFile(stored.layout.path, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)));
    CHECK(codeOf(stored.layout, to.region(), to) == Code::Format);
  }
}

TEST(a_damaged_gzip_byte_is_found_or_harmless) {
  const Folder folder;
  std::mt19937 random(20);
  Stored stored = store(random, DType::Int16, 3, {19, 7, 5}, 352, true);
  putVoxels(stored.voxels, stored.layout, stored.stream);
  stored.layout.path = folder / "damaged.gz";
  stored.layout.compression = Compression::Gzip;
  const Bytes whole = gzip(stored.stream, 600);
  int found = 0;
  for (std::size_t k = 0; k < whole.size(); ++k) {
    const View to = randomView(random, DType::Int16, 3, stored.layout.shape);
    Bytes damaged = whole;
    damaged[k] ^= std::byte{0x10};
    writeFile(stored.layout.path, damaged);
    const Code code = codeOf(stored.layout, to.region(), to);
    if (code == Code::Format) ++found;
    if (code != Code::Format) CHECK(equalVoxels(to, stored.voxels));
  }
  CHECK(found > static_cast<int>(whole.size()) * 9 / 10);
}

TEST(zeros_and_garbage_after_the_last_member_are_ignored_when_the_voxels_are_complete) {
  const Folder folder;
  std::mt19937 random(21);
  Stored stored = store(random, DType::Int16, 3, {19, 7, 5}, 352, true);
  putVoxels(stored.voxels, stored.layout, stored.stream);
  stored.layout.path = folder / "trailing.gz";
  stored.layout.compression = Compression::Gzip;
  const View to = randomView(random, DType::Int16, 3, stored.layout.shape);
  for (const std::byte tail : {std::byte{0}, std::byte{0x1f}, std::byte{0x77}}) {
    Bytes file = gzip(stored.stream, 600);
    file.insert(file.end(), 513, tail);
    writeFile(stored.layout.path, file);
    FileSource::open(stored.layout)->read(to.region(), to, kGo);
    CHECK(equalVoxels(to, stored.voxels));
    Bytes tooShort = gzip(Bytes(stored.stream.begin(), stored.stream.end() - 1), 600);
    tooShort.insert(tooShort.end(), 513, tail);
    writeFile(stored.layout.path, tooShort);
    CHECK(codeOf(stored.layout, to.region(), to) == Code::Format);
  }
}

TEST(a_gzip_file_too_small_for_its_claim_is_refused_before_reading) {
  const Folder folder;
  FileLayout layout;
  layout.path = folder / "lie.gz";
  layout.compression = Compression::Gzip;
  layout.rank = 3;
  layout.shape = {4096, 4096, 4096};
  layout.strides = {1, 4096, 4096 * 4096};
  writeFile(layout.path, gzip(Bytes(1000), 1000));
  CHECK_THROWS(Code::Format, FileSource::open(layout));
}

TEST(a_source_reads_on_after_an_error) {
  const Folder folder;
  std::mt19937 random(22);
  Stored stored = store(random, DType::Int16, 3, {19, 7, 5}, 352, true);
  putVoxels(stored.voxels, stored.layout, stored.stream);
  stored.layout.path = folder / "half.gz";
  stored.layout.compression = Compression::Gzip;
  Bytes file = gzip(stored.stream, 600);
  file.back() ^= std::byte{1};
  writeFile(stored.layout.path, file);
  const auto source = FileSource::open(stored.layout);
  const View to = randomView(random, DType::Int16, 3, stored.layout.shape);
  CHECK_THROWS(Code::Format, source->read(to.region(), to, kGo));
  Region first = to.region();
  for (int a = 0; a < 3; ++a)
    if (stored.layout.strides[a] < 0) first.start[a] = stored.layout.shape[a] - 1;
  first.shape = {1, 1, 1};
  checkRegion(*source, stored, first, random);
}

TEST(zlib_and_gzip_streams_may_start_within_their_file) {
  const Folder folder;
  std::mt19937 random(23);
  Stored stored = store(random, DType::Int16, 3, {19, 7, 5}, 0, true);
  putVoxels(stored.voxels, stored.layout, stored.stream);
  stored.layout.path = folder / "embedded";
  for (const bool isGzip : {false, true}) {
    stored.layout.compression = isGzip ? Compression::Gzip : Compression::Zlib;
    stored.layout.streamStart = 77;
    Bytes file = gzip(stored.stream, 1 << 20, isGzip ? 31 : 15);
    file.insert(file.begin(), 77, std::byte{'h'});
    writeFile(stored.layout.path, file);
    const auto source = FileSource::open(stored.layout);
    checkRegion(*source, stored, stored.voxels.region(), random);
    checkRegion(*source, stored, randomRegion(random, 3, stored.layout.shape), random);
    const View to = randomView(random, DType::Int16, 3, stored.layout.shape);
    for (std::size_t n = 77; n < file.size(); ++n) {
      writeFile(stored.layout.path, Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(n)));
      CHECK(codeOf(stored.layout, to.region(), to) == Code::Format);
    }
    file.back() ^= std::byte{4};
    writeFile(stored.layout.path, file);
    CHECK(codeOf(stored.layout, to.region(), to) == Code::Format);
    stored.layout.streamStart = 76;
    CHECK(codeOf(stored.layout, to.region(), to) == Code::Format);
  }
}
