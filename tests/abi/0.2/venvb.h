/* SPDX-License-Identifier: BSD-2-Clause */

/**
 * @file
 * What a program includes that creates environments itself: link with
 * `pkg-config --libs venvb`.
 */

#pragma once

#include "venvb-builder.h"
#include "venvb-context.h"
#include "venvb-extend.h"
#include "venvb-inspect.h"
#include "venvb-plugin.h"
#include "venvb-run.h"
#include "venvb-version.h"
#include "venvb-wheels.h"
