#include "io/file_sink.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <zlib.h>

#include <csignal>
#include <thread>

#include "io/file_source.h"
#include "io/files.h"
#include "io/temporary_file.h"
#include "support/check.h"
#include "volume/copy.h"
#include "volume/lines.h"
#include "volume/voxels.h"

using namespace voxline;
using namespace voxline::test;

namespace {

const std::atomic<bool> kGo{false};

FileSinkOptions optionsFor(const Stored& stored, std::size_t header) {
  FileSinkOptions options;
  options.layout = stored.layout;
  options.header = std::span(stored.stream).first(header);
  return options;
}

// Cuts a region at random into boxes, in random order.
void cut(std::mt19937& random, const Region& region, int depth, std::vector<Region>& boxes) {
  const int axis = draw(random, 0, region.rank - 1);
  if (depth == 0 || region.shape[axis] < 2) return boxes.push_back(region);
  const std::int64_t at = region.start[axis] + draw(random, 1, static_cast<int>(region.shape[axis]) - 1);
  Region low = region, high = region;
  low.setAxis(axis, {region.start[axis], at});
  high.setAxis(axis, {at, region.start[axis] + region.shape[axis]});
  if (draw(random, 0, 1)) std::swap(low, high);
  cut(random, low, depth - 1, boxes);
  cut(random, high, depth - 1, boxes);
}

// A dense volume of 2.5 MiB with a 352-byte header, in random axis order.
Stored largeVolume(std::mt19937& random) {
  Stored stored = store(random, DType::UInt16, 3, {119, 107, 103}, 352, true);
  std::int64_t k = 0;
  forEachLine(stored.voxels, [&](std::byte* at, std::int64_t count, std::int64_t stride) {
    for (std::int64_t i = 0; i < count; ++i, at += stride)
      *reinterpret_cast<std::uint16_t*>(at) = static_cast<std::uint16_t>(k++ / 900 + (random() & 3));
  });
  putVoxels(stored.voxels, stored.layout, stored.stream);
  return stored;
}

// Slabs along the axis that is slowest in the file, in file order.
std::vector<Region> slabs(const FileLayout& layout, std::int64_t thickness) {
  int axis = 0;
  for (int a = 1; a < layout.rank; ++a)
    if (std::abs(layout.strides[a]) > std::abs(layout.strides[axis])) axis = a;
  std::vector<Region> result;
  const std::int64_t n = layout.shape[axis];
  for (std::int64_t begin = 0; begin < n; begin += thickness) {
    const std::int64_t end = std::min(n, begin + thickness);
    Region slab{layout.rank, {}, layout.shape};
    slab.setAxis(axis, layout.strides[axis] < 0 ? Interval{n - end, n - begin} : Interval{begin, end});
    result.push_back(slab);
  }
  return result;
}

void writeAll(FileSink& sink, const Stored& stored, const std::vector<Region>& regions) {
  for (const Region& region : regions) sink.write(region, part(stored.voxels, region), kGo);
}

void onThreads(std::int64_t count, const std::function<void(std::int64_t)>& body) {
  std::vector<std::thread> threads;
  for (std::int64_t t = 0; t < 3; ++t)
    threads.emplace_back([=, &body] {
      for (std::int64_t k = t; k < count; k += 3) body(k);
    });
  for (auto& thread : threads) thread.join();
}

// By zlib alone: every byte of the file is one member and its checksum is right.
Bytes gunzip(const Bytes& file, std::size_t bytes) {
  Bytes out(bytes + 1);
  z_stream z{};
  inflateInit2(&z, 15 + 16);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(file.data()));
  z.avail_in = static_cast<uInt>(file.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const int result = inflate(&z, Z_FINISH);
  out.resize(z.total_out);
  const bool isWhole = result == Z_STREAM_END && z.avail_in == 0;
  inflateEnd(&z);
  return isWhole ? out : Bytes{};
}

}  // namespace

TEST(raw_files_hold_header_and_voxels_however_they_are_cut) {
  const Folder folder;
  std::mt19937 random(31);
  for (int round = 0; round < 120; ++round) {
    const int rank = draw(random, 1, 4);
    Index shape{};
    for (int a = 0; a < rank; ++a) shape[a] = draw(random, 1, rank == 1 ? 3000 : 19);
    const auto header = static_cast<std::size_t>(draw(random, 0, 400));
    Stored stored =
        store(random, static_cast<DType>(draw(random, 0, kDTypes - 1)), rank, shape, header, false);
    stored.layout.path = folder / ("raw" + std::to_string(round));
    putVoxels(stored.voxels, stored.layout, stored.stream);
    const auto sink = FileSink::open(optionsFor(stored, header));
    std::vector<Region> boxes;
    cut(random, stored.voxels.region(), 4, boxes);
    writeAll(*sink, stored, boxes);
    sink->finish();
    // Gaps after the last voxel are not written.
    Bytes written = readFile(stored.layout.path);
    CHECK(written.size() <= stored.stream.size());
    written.resize(stored.stream.size());
    CHECK(written == stored.stream);
  }
  CHECK_EQUAL(folder.count(), 120u);
}

TEST(nothing_is_visible_before_finish_and_nothing_stays_without_it) {
  const Folder folder;
  std::mt19937 random(32);
  Stored stored = store(random, DType::Int16, 3, {19, 7, 5}, 0, true);
  for (const auto compression : {Compression::None, Compression::Gzip}) {
    stored.layout.path = folder / "target";
    stored.layout.compression = compression;
    {
      const auto sink = FileSink::open(optionsFor(stored, 0));
      sink->write(stored.voxels.region(), stored.voxels, kGo);
      CHECK(!std::filesystem::exists(stored.layout.path));
      CHECK_EQUAL(folder.count(), 1u);
    }
    CHECK_EQUAL(folder.count(), 0u);
  }
}

TEST(an_incomplete_file_is_never_finished) {
  const Folder folder;
  std::mt19937 random(33);
  Stored stored = store(random, DType::Int16, 3, {19, 7, 5}, 0, true);
  stored.layout.path = folder / "target";
  for (const auto compression : {Compression::None, Compression::Gzip}) {
    stored.layout.compression = compression;
    auto sink = FileSink::open(optionsFor(stored, 0));
    const Region slab = slabs(stored.layout, 1)[0];
    sink->write(slab, part(stored.voxels, slab), kGo);
    CHECK_THROWS(Code::Internal, sink->finish());
    sink.reset();
    CHECK_EQUAL(folder.count(), 0u);
  }
}

TEST(an_existing_target_is_refused_at_open_and_before_renaming) {
  const Folder folder;
  std::mt19937 random(34);
  Stored stored = store(random, DType::Int16, 3, {19, 7, 5}, 0, true);
  stored.layout.path = folder / "target";
  writeFile(stored.layout.path, Bytes(3));
  CHECK_THROWS(Code::Io, FileSink::open(optionsFor(stored, 0)));
  CHECK_EQUAL(folder.count(), 1u);
  std::filesystem::remove(stored.layout.path);
  auto sink = FileSink::open(optionsFor(stored, 0));
  sink->write(stored.voxels.region(), stored.voxels, kGo);
  writeFile(stored.layout.path, Bytes(3));
  CHECK_THROWS(Code::Io, sink->finish());
  sink.reset();
  CHECK(readFile(stored.layout.path) == Bytes(3));
  CHECK_EQUAL(folder.count(), 1u);
}

TEST(overwriting_keeps_the_targets_mode) {
  const Folder folder;
  std::mt19937 random(35);
  Stored stored = store(random, DType::Int16, 3, {19, 7, 5}, 0, true);
  putVoxels(stored.voxels, stored.layout, stored.stream);
  stored.layout.path = folder / "target";
  writeFile(stored.layout.path, Bytes(3));
  chmod(stored.layout.path.c_str(), 0640);
  FileSinkOptions options = optionsFor(stored, 0);
  options.overwrite = true;
  const auto sink = FileSink::open(options);
  sink->write(stored.voxels.region(), stored.voxels, kGo);
  sink->finish();
  struct stat status;
  stat(stored.layout.path.c_str(), &status);
  CHECK_EQUAL(status.st_mode & 07777, 0640u);
  CHECK(readFile(stored.layout.path) == stored.stream);
}

TEST(targets_that_cannot_be_files_are_io_errors) {
  const Folder folder;
  std::mt19937 random(36);
  Stored stored = store(random, DType::Int16, 3, {19, 7, 5}, 0, true);
  FileSinkOptions options = optionsFor(stored, 0);
  options.overwrite = true;
  for (const std::string& path : {folder.path.string(), folder / "none/target", std::string("/dev/null")}) {
    options.layout.path = path;
    CHECK_THROWS(Code::Io, FileSink::open(options));
  }
}

TEST(a_full_disk_is_an_io_error_and_leaves_nothing) {
  const Folder folder;
  std::mt19937 random(37);
  Stored stored = largeVolume(random);
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{100'000, before.rlim_max};
  std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  Code code = Code::Internal;
  std::string message;
  for (const auto compression : {Compression::None, Compression::Gzip}) {
    stored.layout.path = folder / "full";
    stored.layout.compression = compression;
    FileSinkOptions options = optionsFor(stored, 352);
    options.level = 0;
    try {
      writeAll(*FileSink::open(options), stored, slabs(stored.layout, 103));
      code = Code::Internal;
    } catch (const Error& error) {
      code = error.code();
      message = error.what();
    }
    if (code != Code::Io) break;
  }
  setrlimit(RLIMIT_FSIZE, &before);
  CHECK(code == Code::Io);
  CHECK(message.find("full: File too large") != std::string::npos);
  CHECK_EQUAL(folder.count(), 0u);
}

TEST(live_temporaries_are_removed_on_demand_and_stale_ones_by_the_next_writer) {
  const Folder folder;
  std::mt19937 random(38);
  Stored stored = store(random, DType::Int16, 3, {19, 7, 5}, 0, true);
  stored.layout.path = folder / "target";
  writeFile(folder / ".target.4711-3.tmp", Bytes(5));
  writeFile(folder / ".target.other.tmp", Bytes(5));
  auto first = FileSink::open(optionsFor(stored, 0));
  CHECK(!std::filesystem::exists(folder / ".target.4711-3.tmp"));
  CHECK(std::filesystem::exists(folder / ".target.other.tmp"));
  auto second = FileSink::open(optionsFor(stored, 0));
  CHECK_EQUAL(folder.count(), 3u);
  first.reset();
  second.reset();
  CHECK_EQUAL(folder.count(), 1u);
}

TEST(gzip_files_are_one_member_with_the_header_and_the_voxels) {
  const Folder folder;
  std::mt19937 random(39);
  for (int round = 0; round < 60; ++round) {
    const int rank = draw(random, 1, 4);
    Index shape{};
    for (int a = 0; a < rank; ++a) shape[a] = draw(random, 1, rank == 1 ? 3000 : 19);
    Stored stored = store(random, static_cast<DType>(draw(random, 0, kDTypes - 1)), rank, shape, 352, true);
    putVoxels(stored.voxels, stored.layout, stored.stream);
    stored.layout.path = folder / ("gz" + std::to_string(round));
    stored.layout.compression = Compression::Gzip;
    FileSinkOptions options = optionsFor(stored, static_cast<std::size_t>(draw(random, 0, 352)));
    std::fill(stored.stream.begin() + static_cast<std::ptrdiff_t>(options.header.size()),
              stored.stream.begin() + 352, std::byte{0});
    options.level = draw(random, 0, 9);
    const auto sink = FileSink::open(options);
    writeAll(*sink, stored, slabs(stored.layout, draw(random, 1, 19)));
    sink->finish();
    CHECK(gunzip(readFile(stored.layout.path), stored.stream.size()) == stored.stream);
  }
}

TEST(gzip_bytes_depend_on_the_voxels_only) {
  const Folder folder;
  std::mt19937 random(40);
  Stored stored = largeVolume(random);
  stored.layout.compression = Compression::Gzip;
  for (const int level : {0, 1, 6}) {
    Bytes first;
    for (const std::int64_t thickness : {1, 40, 200}) {
      stored.layout.path = folder / (std::to_string(level) + "-" + std::to_string(thickness));
      FileSinkOptions options = optionsFor(stored, 352);
      options.level = level;
      if (thickness != 40) options.parallelFor = onThreads;
      const auto sink = FileSink::open(options);
      writeAll(*sink, stored, slabs(stored.layout, thickness));
      sink->finish();
      const Bytes file = readFile(stored.layout.path);
      if (first.empty()) first = file;
      CHECK(file == first);
    }
    CHECK(gunzip(first, stored.stream.size()) == stored.stream);
    if (level) CHECK(first.size() < stored.stream.size() / 2);
  }
}

TEST(what_a_gzip_sink_wrote_a_gzip_source_reads) {
  const Folder folder;
  std::mt19937 random(41);
  Stored stored = largeVolume(random);
  stored.layout.compression = Compression::Gzip;
  stored.layout.path = folder / "volume.gz";
  FileSinkOptions options = optionsFor(stored, 352);
  options.parallelFor = onThreads;
  const auto sink = FileSink::open(options);
  writeAll(*sink, stored, slabs(stored.layout, 17));
  sink->finish();
  const View to = randomView(random, DType::UInt16, 3, stored.layout.shape);
  FileSource::open(stored.layout)->read(to.region(), to, kGo);
  CHECK(equalVoxels(to, stored.voxels));
}

TEST(gzip_regions_out_of_file_order_are_refused) {
  const Folder folder;
  std::mt19937 random(42);
  Stored stored = store(random, DType::Int16, 3, {19, 7, 5}, 0, true);
  stored.layout.compression = Compression::Gzip;
  stored.layout.path = folder / "order.gz";
  const auto sink = FileSink::open(optionsFor(stored, 0));
  const auto regions = slabs(stored.layout, 1);
  CHECK_THROWS(Code::InvalidArgument, sink->write(regions[1], part(stored.voxels, regions[1]), kGo));
  stored.layout.strides[0] *= 2;
  stored.layout.strides[1] *= 2;
  stored.layout.strides[2] *= 2;
  stored.layout.start = 10'000;
  CHECK_THROWS(Code::InvalidArgument, FileSink::open(optionsFor(stored, 0)));
}

TEST(writing_stops_when_told) {
  const Folder folder;
  std::mt19937 random(43);
  Stored stored = store(random, DType::Int16, 3, {19, 7, 5}, 0, true);
  stored.layout.path = folder / "stopped";
  const std::atomic<bool> stop{true};
  for (const auto compression : {Compression::None, Compression::Gzip}) {
    stored.layout.compression = compression;
    const auto sink = FileSink::open(optionsFor(stored, 0));
    CHECK_THROWS(Code::Aborted, sink->write(stored.voxels.region(), stored.voxels, stop));
  }
}

TEST(options_a_file_cannot_have_are_refused_before_anything_is_made) {
  const Folder folder;
  std::mt19937 random(44);
  Stored stored = store(random, DType::Int16, 3, {19, 7, 5}, 352, true);
  stored.layout.path = folder / "refused";
  FileSinkOptions options = optionsFor(stored, 352);
  options.level = 10;
  CHECK_THROWS(Code::InvalidArgument, FileSink::open(options));
  options = optionsFor(stored, 353);
  CHECK_THROWS(Code::InvalidArgument, FileSink::open(options));
  options = optionsFor(stored, 352);
  options.layout.bigEndian = true;
  CHECK_THROWS(Code::InvalidArgument, FileSink::open(options));
  CHECK_EQUAL(folder.count(), 0u);
}
