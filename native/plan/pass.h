#pragma once

#include <functional>
#include <string>
#include <vector>

#include "plan/carry.h"
#include "plan/tile_layout.h"

namespace voxline {

// How a pass is carried out: which parts of the region one after another, tiles within each, and the memory that takes.
struct Pass {
  std::vector<Region> divisions;  // in the order they are computed
  Slabs slabs;                    // how they follow one another
  int threads = 1;
  int workers = 1;                // that compute at once
  std::size_t flights = 1;        // divisions that may be under way at once
  TileLayout layout;
  bool leaves = false;            // rows are cut at multiples of kLeaf
  bool spoolSources = false;      // compressed sources cannot be read in this order: decode them to a scratch file first
  std::size_t scratch = 0;        // bytes of all workers' arenas, or of the reference executor's volumes
  std::size_t states = 0;         // bytes of reductions
  std::size_t carried = 0;        // bytes of rows that divisions leave to the next
  std::size_t staging = 0;        // bytes of parts of files in flight
  std::size_t codecs = 0;         // bytes that reading and writing files takes beside them
  std::size_t spooling = 0;       // bytes of decoding to scratch files, before anything else is there
  std::size_t peak = 0;           // most bytes of all that is allocated
  std::vector<std::string> notes;
};

// Bytes that reading and writing files takes beside the voxels.
struct FileCosts {
  std::function<std::size_t(const FileLayout& source, const Region& region)> reading;
  std::function<std::size_t(const FileLayout& source)> spooling;
  std::function<std::size_t(const Sink& sink, const Region& region, int threads)> writing;
};

struct PassLimits {
  int workers = 1;
  std::size_t cache = std::size_t{1} << 20;    // second-level cache of a core
  std::size_t scratch = std::size_t{4} << 20;  // the most a worker's tile takes where memory abounds
  FileCosts files;
};

// Throws Error{Memory} with details.required when no cutting keeps within plan.memory.
Pass planPass(const Plan& plan, const Footprint& footprint, const PassLimits& limits);

// The smallest peak of any cutting, however many divisions and workers are asked for.
std::size_t leastPeak(const Plan& plan, const Footprint& footprint, const PassLimits& limits);

// What the reference executor holds of a node while it computes a division: what is needed and the halos around it.
Region referenceBox(const Plan& plan, const Footprint& footprint, NodeId node, const Region& division);
std::size_t referenceLocalBytes(const Plan& plan);
std::size_t referenceBufferBytes(const Plan& plan, const Footprint& footprint, NodeId node, const Region& division);

}  // namespace voxline
