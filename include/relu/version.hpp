// SPDX-License-Identifier: MIT
// The only place that states the version; the build reads it from here.
#pragma once

#define RELU_VERSION_MAJOR 0
#define RELU_VERSION_MINOR 1
#define RELU_VERSION_PATCH 0
