#pragma once

namespace voxline {

// Keeps the addon in memory for the rest of the process; false where the system does not. Node.js unloads an addon when the last thread
// that has loaded it ends: the pool's threads would go on in memory that is gone.
bool stayLoaded();

}  // namespace voxline
