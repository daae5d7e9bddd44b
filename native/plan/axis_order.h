#pragma once

#include "plan/plan.h"

namespace voxline {

// Renumbers the plan's axes so that rows run along the source's fastest memory or file axis: axis 0 is then the row, and axes along
// which no stage reads neighbours come last. Voxels, results and their bits do not depend on it. The order chosen is in plan.axes.
void orderAxes(Plan& plan);

}  // namespace voxline
