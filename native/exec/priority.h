#pragma once

namespace voxline {

// This thread is a little less urgent than the event loop from now on, which is at work for microseconds and should not wait for the rest of
// its slice when it wakes up.
void letEventLoopWakeFirst();

}  // namespace voxline
