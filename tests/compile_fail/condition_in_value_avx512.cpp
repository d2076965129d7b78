#include "condition_in_value.cpp"
