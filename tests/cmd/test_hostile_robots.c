#include "tests/cmd/hostile.h"
