// Shared by the unit tests.
#pragma once

#include <catch2/catch_test_macros.hpp>

#include <common/inputs.hpp>
#include <common/reference.hpp>
