//! Starts the window: on the GPU where there is one, else with glow.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use egui::ViewportBuilder;
use egui_wgpu_setup::{WgpuSetup, WgpuSetupCreateNew};
use wgpu::{Backends, DeviceType, InstanceDescriptor, PowerPreference};

use super::app::App;
use crate::model::Clock;
use crate::session::Session;

use eframe::egui_wgpu as egui_wgpu_setup;

/// What draws the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renderer {
    /// On the GPU: Vulkan, Metal or Direct3D 12.
    Wgpu,
    /// OpenGL, which also runs well in software.
    Glow,
}

/// How the window begins.
#[derive(Debug, Clone, Copy)]
pub struct WindowOptions {
    /// What draws it; `None` looks for a GPU.
    pub renderer: Option<Renderer>,
    /// The clock that stamps the session's spans.
    pub clock: Clock,
    /// When `main` began.
    pub started: Instant,
}

/// Opens the window and stays until it is closed. The session goes on; the caller ends it.
pub fn run(session: &Session, options: &WindowOptions) -> Result<(), eframe::Error> {
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

fn open(
    session: &Session,
    options: &WindowOptions,
    renderer: Renderer,
) -> Result<(), eframe::Error> {
    tracing::info!(?renderer, "opening the window");
    let session = session.clone();
    let (clock, started) = (options.clock, options.started);
    let create: eframe::AppCreator<'_> = Box::new(move |creation| {
        let ctx = creation.egui_ctx.clone();
        let wake = ctx.clone();
        session.set_waker(move || wake.request_repaint_of(egui::ViewportId::ROOT));
        Ok(Box::new(App::new(&ctx, session, clock, started)))
    });
    eframe::run_native("hoplens", native_options(renderer), create)
}

fn native_options(renderer: Renderer) -> eframe::NativeOptions {
    let viewport = ViewportBuilder::default()
        .with_title("Hoplens")
        .with_app_id("hoplens")
        .with_icon(super::window_icon::icon())
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([960.0, 600.0])
        .with_drag_and_drop(true);
    let mut options = eframe::NativeOptions {
        viewport,
        renderer: match renderer {
            Renderer::Wgpu => eframe::Renderer::Wgpu,
            Renderer::Glow => eframe::Renderer::Glow,
        },
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
    let mut descriptor = InstanceDescriptor::new_without_display_handle_from_env();
    let backends = Backends::from_env().unwrap_or(Backends::PRIMARY);
    descriptor.backends = backends;
    let instance = wgpu::Instance::new(descriptor);
    let adapters = ready(instance.enumerate_adapters(backends)).unwrap_or_default();
    let is_real = |kind: DeviceType| kind != DeviceType::Cpu;
    adapters.iter().any(|adapter| is_real(adapter.get_info().device_type))
}

/// The value of a future that needs no waiting, as all of wgpu's native ones.
fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
