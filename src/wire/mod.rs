//! Bytes to trees and back, pure: HTTP/1 heads, HTTP/2 frames, the gRPC prefix.
