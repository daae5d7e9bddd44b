#pragma once

#include <napi.h>

namespace voxline {

// Calls of the addon: labelComponents, renumberLabels and what their handles take: labelAdd, labelFinish, labelPaint, labelRelease.
void exportLabels(Napi::Env env, Napi::Object exports);

}  // namespace voxline
