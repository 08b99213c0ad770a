// OpenEXR's RGBA interface, for luma_chroma.py: the library's own way between R, G, B, A and what a
// file has of Y, RY and BY.
//
//     rgba read FRAME OUT            the display window as raw floats, R, G, B, A interleaved
//     rgba write FRAME CHANNELS COMPRESSION LINE_ORDER X Y WIDTH HEIGHT DISPLAY_WIDTH DISPLAY_HEIGHT
//                [RX RY GX GY BX BY WX WY]
//                                    the data window at X, Y from such floats on standard input
//
// CHANNELS, COMPRESSION and LINE_ORDER are the numbers of RgbaChannels, Compression and LineOrder.

#include <ImfArray.h>
#include <ImfHeader.h>
#include <ImfRgbaFile.h>
#include <ImfStandardAttributes.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <vector>

namespace {

void read(const char* frame, const char* out) {
    Imf::RgbaInputFile file(frame);
    const auto data = file.dataWindow(), display = file.displayWindow();
    const int width = data.max.x - data.min.x + 1, height = data.max.y - data.min.y + 1;
    Imf::Array2D<Imf::Rgba> pixels(height, width);
    file.setFrameBuffer(&pixels[0][0] - data.min.x - long(data.min.y) * width, 1, width);
    file.readPixels(data.min.y, data.max.y);

    std::ofstream to(out, std::ios::binary);
    for (int y = display.min.y; y <= display.max.y; ++y) {
        for (int x = display.min.x; x <= display.max.x; ++x) {
            Imf::Rgba pixel(0, 0, 0, 0);
            if (data.intersects(Imath::V2i(x, y))) pixel = pixels[y - data.min.y][x - data.min.x];
            const float samples[] = {pixel.r, pixel.g, pixel.b, pixel.a};
            to.write(reinterpret_cast<const char*>(samples), sizeof samples);
        }
    }
}

void write(int count, char** words) {
    const auto number = [&](int at) { return std::atoi(words[at]); };
    const int x = number(4), y = number(5), width = number(6), height = number(7);
    const Imath::Box2i data({x, y}, {x + width - 1, y + height - 1});
    const Imath::Box2i display({0, 0}, {number(8) - 1, number(9) - 1});
    Imf::Header header(display, data);
    header.compression() = Imf::Compression(number(2));
    header.lineOrder() = Imf::LineOrder(number(3));
    if (count > 10) {
        const auto at = [&](int pair) {
            return Imath::V2f(std::atof(words[10 + 2 * pair]), std::atof(words[11 + 2 * pair]));
        };
        Imf::addChromaticities(header, Imf::Chromaticities(at(0), at(1), at(2), at(3)));
    }
    std::vector<Imf::Rgba> pixels;
    float samples[4];
    while (std::fread(samples, sizeof samples, 1, stdin) == 1) {
        pixels.emplace_back(samples[0], samples[1], samples[2], samples[3]);
    }
    if (pixels.size() != size_t(width) * size_t(height)) throw std::runtime_error("too few pixels");
    Imf::RgbaOutputFile file(words[0], header, Imf::RgbaChannels(number(1)));
    file.setFrameBuffer(pixels.data() - x - long(y) * width, 1, width);
    // pixels are taken from the top down, whatever order the file has them in
    file.writePixels(height);
}

}  // namespace

int main(int count, char** words) try {
    const std::string what = count > 1 ? words[1] : "";
    if (what == "read" && count == 4) {
        read(words[2], words[3]);
    } else if (what == "write" && count >= 12) {
        write(count - 2, words + 2);
    } else {
        std::cerr << "usage: rgba read FRAME OUT | rgba write FRAME ...\n";
        return 2;
    }
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
