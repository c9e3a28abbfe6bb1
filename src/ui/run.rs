//! Starts the window: on the GPU where there is one, else with glow.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use eframe::egui_wgpu::{WgpuSetup, WgpuSetupCreateNew};
use egui::ViewportBuilder;
use parking_lot::Mutex;
use wgpu::{Backends, DeviceType, InstanceDescriptor, PowerPreference};

use super::app::App;
use super::pace;
use crate::session::Session;

/// What draws the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renderer {
    /// On the GPU: Vulkan, Metal or Direct3D 12.
    Wgpu,
    /// OpenGL, which also runs well in software.
    Glow,
}

/// Why there is no window. eframe's own error cannot leave this thread, so its words are kept.
#[derive(Debug, thiserror::Error)]
#[error("cannot open a window with {renderer:?}: {cause}")]
pub struct WindowError {
    renderer: Renderer,
    cause: String,
}

/// Closes the window from any thread: when the session has ended, or the process was told to stop.
#[derive(Debug, Clone, Default)]
pub struct Closer(Arc<Mutex<Option<egui::Context>>>);

impl Closer {
    /// Closes the window if it is open.
    pub fn close(&self) {
        if let Some(ctx) = self.0.lock().as_ref() {
            ctx.send_viewport_cmd_to(egui::ViewportId::ROOT, egui::ViewportCommand::Close);
            ctx.request_repaint_of(egui::ViewportId::ROOT);
        }
    }

    fn attach(&self, ctx: &egui::Context) {
        *self.0.lock() = Some(ctx.clone());
    }
}

/// How the window begins.
#[derive(Debug, Clone)]
pub struct WindowOptions {
    /// What draws it; `None` looks for a GPU.
    pub renderer: Option<Renderer>,
    /// Closes the window from elsewhere.
    pub closer: Closer,
    /// When `main` began.
    pub started: Instant,
}

/// Opens the window and stays until it is closed. The session goes on; the caller ends it.
pub fn run(session: &Session, options: &WindowOptions) -> Result<(), WindowError> {
    let renderer =
        options.renderer.unwrap_or_else(|| if has_gpu() { Renderer::Wgpu } else { Renderer::Glow });
    match open(session, options, renderer) {
        Err(error) if renderer == Renderer::Wgpu => {
            tracing::warn!(%error, "wgpu cannot start; trying glow");
            open(session, options, Renderer::Glow)
        }
        result => result,
    }
}

fn open(session: &Session, options: &WindowOptions, renderer: Renderer) -> Result<(), WindowError> {
    tracing::info!(?renderer, "opening the window");
    let session = session.clone();
    let (closer, started) = (options.closer.clone(), options.started);
    let create: eframe::AppCreator<'_> = Box::new(move |creation| {
        let ctx = creation.egui_ctx.clone();
        let wake = ctx.clone();
        session.set_waker(move || pace::wake(&wake));
        closer.attach(&ctx);
        Ok(Box::new(App::new(&ctx, session, started)))
    });
    let result = eframe::run_native("hoplens", native_options(renderer), create);
    options.closer.0.lock().take();
    result.map_err(|error| WindowError { renderer, cause: error.to_string() })
}

fn native_options(renderer: Renderer) -> eframe::NativeOptions {
    let viewport = ViewportBuilder::default()
        .with_title("Hoplens")
        .with_app_id("hoplens")
        .with_icon(super::window_icon::icon())
        // On a smaller screen as big as that is.
        .with_inner_size([1600.0, 1000.0])
        .with_clamp_size_to_monitor_size(true)
        .with_min_inner_size([960.0, 600.0])
        .with_drag_and_drop(true);
    let mut options = eframe::NativeOptions {
        viewport,
        renderer: match renderer {
            Renderer::Wgpu => eframe::Renderer::Wgpu,
            Renderer::Glow => eframe::Renderer::Glow,
        },
        // There are no gradients here, and a processor that draws pays for it with every pixel.
        dithering: false,
        ..eframe::NativeOptions::default()
    };
    let mut setup = WgpuSetupCreateNew::without_display_handle();
    // egui's own default wakes the big GPU of a laptop.
    setup.power_preference = PowerPreference::from_env().unwrap_or(PowerPreference::LowPower);
    setup.instance_descriptor.backends = Backends::from_env().unwrap_or(Backends::PRIMARY);
    options.wgpu_options.wgpu_setup = WgpuSetup::CreateNew(setup);
    options
}

/// Whether wgpu finds an adapter that is no CPU: a software one draws this window far slower than glow does.
fn has_gpu() -> bool {
    if !has_gpu_device() {
        return false;
    }
    let mut descriptor = InstanceDescriptor::new_without_display_handle_from_env();
    let backends = Backends::from_env().unwrap_or(Backends::PRIMARY);
    descriptor.backends = backends;
    let instance = wgpu::Instance::new(descriptor);
    let adapters = ready(instance.enumerate_adapters(backends)).unwrap_or_default();
    let is_real = |kind: DeviceType| kind != DeviceType::Cpu;
    adapters.iter().any(|adapter| is_real(adapter.get_info().device_type))
}

/// Whether the kernel knows a GPU. Asking it first spares a machine without one the look through all
/// drivers, which takes longer than the rest of the start.
#[cfg(target_os = "linux")]
fn has_gpu_device() -> bool {
    let is_render_node = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("renderD"))
    };
    let others = ["/dev/nvidiactl", "/dev/dxg"];
    std::fs::read_dir("/dev/dri").is_ok_and(|mut entries| entries.any(is_render_node))
        || others.iter().any(|path| std::path::Path::new(path).exists())
}

#[cfg(not(target_os = "linux"))]
fn has_gpu_device() -> bool {
    true
}

/// The value of a future that needs no waiting, as all of wgpu's native ones.
fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
